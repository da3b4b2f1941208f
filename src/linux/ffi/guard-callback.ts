/** koffi swallows what a callback throws: it is thrown again where Node can see it. */
export function guardCallback<Args extends unknown[]>(
  body: (...args: Args) => void,
): (...args: Args) => void {
  return (...args) => {
    try {
      body(...args);
    } catch (error) {
      process.nextTick(() => {
        throw error;
      });
    }
  };
}

/** koffi swallows what a callback throws: it is thrown again where Node can see it. */
export function guardCallback<Args extends unknown[]>(
  body: (...args: Args) => void,
): (...args: Args) => void {
  return guardAnswer(body, undefined);
}

/** The same for one that is asked something: `otherwise` is the answer where it throws. */
export function guardAnswer<Args extends unknown[], Answer>(
  body: (...args: Args) => Answer,
  otherwise: Answer,
): (...args: Args) => Answer {
  return (...args) => {
    try {
      return body(...args);
    } catch (error) {
      process.nextTick(() => {
        throw error;
      });
      return otherwise;
    }
  };
}

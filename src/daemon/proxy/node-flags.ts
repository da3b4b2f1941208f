/** A young generation that holds what thousands of sessions need for a moment. */
export const NODE_FLAGS = ['--max-semi-space-size=16'];

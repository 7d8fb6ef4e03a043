/** What only the wall does. */
export {};

/** What only the desk does. */
export {};

/** What only the site does. */
export {};

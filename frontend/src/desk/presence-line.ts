/** What the presence sign says. Pure. */
export const FORGET_AFTER_MS = 40_000;
export type Said = { name: string; doing: string; at: number };

/** The one line for several people: typing beats having it open. Pure. */
export function presenceLine(people: Said[], words: { typing: string; open: string }, now: number): string {
  const here = people.filter((person) => person.doing !== "closed" && now - person.at < FORGET_AFTER_MS);
  const first = here.find((person) => person.doing === "typing") ?? here[0];
  return first ? (first.doing === "typing" ? words.typing : words.open).replace("{name}", first.name) : "";
}

/** What the server says of the city at one moment; `cursor` is the ledger position it is true for. */
export type Urgency = "normal" | "high" | "urgent";
export type ChannelState = "ok" | "late" | "quiet" | "trouble" | "disabled";
export type Card = { number: string; what: string; where: string; urgency: Urgency; since: string; state: string; by: string; icon: string };
export type Snapshot = {
  cursor: string;
  at: string;
  today: number;
  states: { state: string; label: string; count: number }[];
  waiting: number;
  overdue: number;
  oldest: string | null;
  points: { id: string; lon: number; lat: number; urgency: Urgency; label: string }[];
  channels: { name: string; state: ChannelState; words: string; last: string | null }[];
  latest: { at: string; number: string; did: string; about: string }[];
  cards: Card[];
  unplaced: number;
  urgent: string[];
};

/** "3 j 12 m", "5 h 2 j": the two largest units, as people in the room read it. Units come from the page's language. */
export function span(fromIso: string, now: Date, units: { day: string; hour: string; minute: string }): [string, string][] {
  const minutes = Math.max(0, Math.floor((now.getTime() - Date.parse(fromIso)) / 60_000));
  const days = Math.floor(minutes / 1440);
  const hours = Math.floor((minutes % 1440) / 60);
  if (days) return [[String(days), units.day], [String(hours), units.hour]];
  if (hours) return [[String(hours), units.hour], [String(minutes % 60), units.minute]];
  return [[String(minutes), units.minute]];
}

/** Which points came and went between two snapshots, so that the map moves only those. */
export function changed(before: Snapshot["points"], after: Snapshot["points"]): { gone: string[]; come: Snapshot["points"] } {
  const old = new Map(before.map((point) => [point.id, JSON.stringify(point)]));
  const kept = new Set(after.map((point) => point.id));
  return {
    gone: before.filter((point) => !kept.has(point.id)).map((point) => point.id),
    come: after.filter((point) => old.get(point.id) !== JSON.stringify(point)),
  };
}

export function counts(points: Snapshot["points"]): Record<Urgency, number> {
  const found: Record<Urgency, number> = { normal: 0, high: 0, urgent: 0 };
  for (const { urgency } of points) found[urgency] += 1;
  return found;
}

/** Fold many small calls into one: `fold(250, work)` runs `work` with everything gathered, never two at a time. */
export type Fold<Item> = (item: Item) => void;

export function fold<Item>(waitMs: number, work: (items: Item[]) => Promise<void> | void): Fold<Item> {
  let waiting: Item[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let busy = false;

  const run = async (): Promise<void> => {
    timer = undefined;
    if (busy) return; // what came meanwhile goes with the next round
    busy = true;
    const items = waiting;
    waiting = [];
    try {
      await work(items);
    } finally {
      busy = false;
      if (waiting.length) timer ??= setTimeout(() => void run(), waitMs);
    }
  };
  return (item) => {
    waiting.push(item);
    if (!busy) timer ??= setTimeout(() => void run(), waitMs);
  };
}

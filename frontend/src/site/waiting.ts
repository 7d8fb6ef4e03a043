/**
 * Reports that wait on this phone. A report is stored here before it is sent and removed only when the server has it;
 * the server knows its submission id, so sending twice stores it once.
 */
const DATABASE = "baileo-reports";
const STORE = "waiting";

export type Waiting = { id: string; savedAt: string; fields: [string, string][]; photos: Blob[] };

function open(): Promise<IDBDatabase> {
  return new Promise((done, failed) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "id" });
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error ?? new Error("IndexedDB refused"));
  });
}

async function run<Result>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<Result>): Promise<Result> {
  const database = await open();
  try {
    return await new Promise((done, failed) => {
      const transaction = database.transaction(STORE, mode);
      const request = work(transaction.objectStore(STORE));
      transaction.oncomplete = () => done(request.result);
      transaction.onerror = transaction.onabort = () => failed(transaction.error ?? new Error("not stored"));
    });
  } finally {
    database.close();
  }
}

export const keep = (report: Waiting): Promise<IDBValidKey> => run("readwrite", (store) => store.put(report));
export const forget = (id: string): Promise<undefined> => run("readwrite", (store) => store.delete(id));
export const waiting = (): Promise<Waiting[]> => run("readonly", (store) => store.getAll() as IDBRequest<Waiting[]>);

/** The form body of one stored report; `csrf` is the page's current token, an old one would be refused. */
export function body(report: Waiting, csrf: string): FormData {
  const form = new FormData();
  for (const [name, value] of report.fields) form.append(name, value);
  form.set("csrfmiddlewaretoken", csrf);
  form.set("created_offline_at", report.savedAt);
  report.photos.forEach((photo, index) => form.append("photos", photo, `photo-${index + 1}.jpg`));
  return form;
}

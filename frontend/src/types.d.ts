/** Files that Vite hands out as addresses. */
declare module "*?url" {
  const url: string;
  export default url;
}

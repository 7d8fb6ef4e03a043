import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  base: "./", // the built files find each other wherever STATIC_URL puts them
  publicDir: false,
  build: {
    outDir: here("../baileo/web/shared/static/build"),
    emptyOutDir: true,
    manifest: "manifest.json", // read by django-vite
    sourcemap: false,
    target: "es2022",
    assetsInlineLimit: 0, // a strict CSP has no data: for fonts
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1200, // MapLibre, fetched only when a map is on the page
    rolldownOptions: {
      input: ["src/site.ts", "src/desk.ts", "src/wall.ts", "src/error.ts"].map(here),
    },
  },
  test: { environment: "happy-dom", include: ["src/**/*.test.ts", "tools/**/*.test.ts"] },
});

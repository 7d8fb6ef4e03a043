import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";
import { writeBasemap } from "./tools/basemap.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Writes `.gz` and `.br` beside every text file, which whitenoise serves: island links are thin. */
function compressed(): Plugin {
  return {
    name: "baileo-compressed",
    apply: "build",
    generateBundle: {
      order: "post",
      handler(_, bundle) {
        for (const { fileName, ...file } of Object.values(bundle)) {
          const body = file.type === "chunk" ? file.code : file.source;
          if (!/\.(css|m?js|json)$/.test(fileName) || body.length < 1_000) continue;
          const bytes = Buffer.from(body);
          const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: bytes.length > 200_000 ? 9 : 11 } };
          this.emitFile({ type: "asset", fileName: `${fileName}.gz`, source: gzipSync(bytes, { level: 9 }) });
          this.emitFile({ type: "asset", fileName: `${fileName}.br`, source: brotliCompressSync(bytes, quality) });
        }
      },
    },
  };
}

export default defineConfig({
  plugins: [{ name: "baileo-basemap", buildStart: writeBasemap }, compressed()],
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
    reportCompressedSize: false,
    rolldownOptions: {
      checks: { eval: false }, // htmx holds one `eval`; `allowEval: false` and the CSP both keep it shut
      input: ["src/site.ts", "src/desk.ts", "src/wall.ts", "src/error.ts"].map(here),
    },
  },
  test: { environment: "happy-dom", include: ["src/**/*.test.ts", "tools/**/*.test.ts"] },
});

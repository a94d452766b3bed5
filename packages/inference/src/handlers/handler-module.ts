import * as api from "@flotilla/handler";

let provided = false;

/**
 * Makes `@flotilla/handler` a module of this thread, so that a handler finds it from any folder and needs nothing
 * installed; it comes before a tsconfig's `paths` and any `node_modules`. A runtime plugin of Bun 1.4.5 is not asked for
 * bare names (`onResolve`), but may give a module one. Call it before the first import of a handler.
 */
export function provideHandlerModule(): void {
  if (provided) return;
  provided = true;
  Bun.plugin({
    name: "flotilla-handler",
    setup(build) {
      build.module("@flotilla/handler", () => ({ exports: { ...api }, loader: "object" }));
    },
  });
}

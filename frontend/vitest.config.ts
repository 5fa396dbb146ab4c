import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    environment: "happy-dom",
    // A board of 1,000 people takes seconds on a busy machine.
    testTimeout: 30_000,
  },
});

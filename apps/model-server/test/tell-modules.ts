/** Preloaded into a replica: when it is asked, every module that it has read so far, on one line. */
process.on("SIGUSR2", () => {
  process.stderr.write(`modules: ${Object.keys(require.cache).join(" ")}\n`);
});

/**
 * Milliseconds of CPU that this thread has used. On a machine that does other things too, wall time measures
 * those; all that is compared here runs on one thread and waits for nothing.
 */
export function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** The kernel counts CPU time in ticks of 1 to 10 ms, so that a shorter stretch measures the clock. */
const LEAST_MS = 200;

/** Milliseconds of CPU that a call takes, warm: the median of stretches that the clock can tell apart. */
export function medianCpuMs(run: () => void, stretches = 7): number {
  run();
  const all = Array.from({ length: stretches }, () => {
    const start = cpuMs();
    let calls = 0;
    let passed = 0;
    for (; passed < LEAST_MS; passed = cpuMs() - start, calls++) run();
    return passed / calls;
  });
  return all.sort((a, b) => a - b)[stretches >> 1] as number;
}

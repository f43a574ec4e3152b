/**
 * Milliseconds of CPU that this thread has used. On a machine that does other things too, wall time measures
 * those; all that is compared here runs on one thread and waits for nothing.
 */
export function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

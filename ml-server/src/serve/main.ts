import { enableCompileCache } from 'node:module';

// Before anything else is loaded: what was compiled at one start is read at the next.
enableCompileCache();
const { start } = await import('./start.ts');
await start(process.env);

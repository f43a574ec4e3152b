import { writeFileSync } from 'node:fs';
import { dataDictionary } from '@plumbline/contracts';
import { walkThrough } from './walk-through.ts';

const DOCS = new URL('../../../docs/', import.meta.url);

writeFileSync(new URL('data-dictionary.md', DOCS), dataDictionary());
console.log('wrote docs/data-dictionary.md');
writeFileSync(new URL('analysts.md', DOCS), await walkThrough());
console.log('wrote docs/analysts.md');

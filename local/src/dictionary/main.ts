import { writeFileSync } from 'node:fs';
import { dataDictionary } from '@plumbline/contracts';

const FILE = new URL('../../../docs/data-dictionary.md', import.meta.url);

writeFileSync(FILE, dataDictionary());
console.log('wrote docs/data-dictionary.md');

/**
 * True for an RE2 pattern that may match an empty text somewhere. Where the pattern is not
 * understood, true.
 */
export function mayMatchNothing(pattern: string): boolean {
  let at = 0;

  /** Alternatives up to `)` or the end. */
  function alternatives(): boolean {
    let isEmpty = sequence();
    while (pattern[at] === '|') {
      at += 1;
      isEmpty = sequence() || isEmpty;
    }
    return isEmpty;
  }

  function sequence(): boolean {
    let isEmpty = true;
    while (at < pattern.length && pattern[at] !== '|' && pattern[at] !== ')')
      isEmpty = piece() && isEmpty;
    return isEmpty;
  }

  function piece(): boolean {
    let isEmpty = atom();
    const repeat = /(?:[*+?]|\{(\d*)(?:,\d*)?\})\??/y;
    repeat.lastIndex = at;
    const match = repeat.exec(pattern);
    if (match !== null) {
      at = repeat.lastIndex;
      isEmpty ||= match[0].startsWith('*') || match[0].startsWith('?') || match[1] === '0';
    }
    return isEmpty;
  }

  function atom(): boolean {
    if (pattern[at] === '(') {
      const open = /\((?:\?(?:P?<\w+>|[a-zA-Z]*-?[a-zA-Z]*:?))?/y;
      open.lastIndex = at;
      const head = open.exec(pattern)?.[0] ?? '(';
      at += head.length;
      if (pattern[at] === ')' && head.length !== 1) {
        at += 1;
        return true;
      }
      const isEmpty = alternatives();
      at += 1;
      return isEmpty;
    }
    const one =
      /\\[pP](?:\{[^}]*\}|.)|\\x\{[^}]*\}|\\[\s\S]|\[\^?\]?(?:\[:\^?\w+:\]|\\[\s\S]|[^\]\\])*\]|[\s\S]/y;
    one.lastIndex = at;
    const found = one.exec(pattern)?.[0] ?? '';
    at += Math.max(1, found.length);
    return /^(?:\\[bBAzZQE]|[\^$])$/.test(found);
  }

  return alternatives() || at < pattern.length;
}

import { useEffect, useState } from 'preact/hooks';
import { useSettings } from '../settings.ts';
import { MarkdownView } from './markdown-view.tsx';

/** What to do about each figure of the page, opened in place; and where the ML server describes itself. */
export function Runbook() {
  const [isOpen, setIsOpen] = useState(false);
  const { ml_server_url: url } = useSettings();
  return (
    <section class="panel wide" aria-label="Where to read on" data-panel="runbook">
      <header>
        <div>
          <h2>Where to read on</h2>
          <p class="note">
            The runbook says what each alert means, where to look and how to mend it. The ML server
            describes its API{' '}
            <a href={`${url}/docs`} target="_blank" rel="noreferrer">
              with buttons
            </a>
            . Every panel shows its SQL under ⋯.
          </p>
        </div>
        <button
          type="button"
          class="quiet"
          aria-expanded={isOpen}
          onClick={() => setIsOpen(!isOpen)}
        >
          {isOpen ? 'Close the runbook' : 'Open the runbook'}
        </button>
      </header>
      {isOpen && <Text />}
    </section>
  );
}

/** The text comes with the page, but only when somebody opens it. */
function Text() {
  const [text, setText] = useState<string>();
  useEffect(() => {
    void import('../../../../docs/runbook.md?raw').then((module) => setText(module.default));
  }, []);
  return text === undefined ? (
    <div class="skeleton" aria-hidden="true" />
  ) : (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section class="scroll" aria-label="The runbook" tabIndex={0}>
      <MarkdownView source={text} />
    </section>
  );
}

import { useEffect, useState } from 'preact/hooks';
import { problemText } from '../fetch-panel.ts';
import type { Answer } from '../use-answer.ts';
import { MarkdownView } from './markdown-view.tsx';

interface ModelCardProps {
  readonly version: string;
  /** Shown while a version was chosen by hand: back to the current one. */
  readonly onClose?: (() => void) | undefined;
}

/** What a version is for, what it learned from, how well it does and where it fails. */
export function ModelCard({ version, onClose }: ModelCardProps) {
  const { body, error } = useCard(version);
  return (
    <section class="panel" aria-label={`Card of ${version}`} data-panel="model-card">
      <header>
        <div>
          <h2>Card</h2>
          <p class="note">{version}, as the trainer wrote it</p>
        </div>
        {onClose && (
          <button type="button" class="quiet" onClick={onClose}>
            Back to the current version
          </button>
        )}
      </header>
      {error !== undefined ? (
        <p class="failed">{error}</p>
      ) : body === undefined ? (
        <div class="skeleton" aria-hidden="true" />
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        <section class="scroll" aria-label="Text of the card" tabIndex={0}>
          <MarkdownView source={body} />
        </section>
      )}
    </section>
  );
}

/** Asked once for each version: a card never changes. */
function useCard(version: string): Answer<string> {
  const [card, setCard] = useState<Answer<string> & { readonly version: string }>({ version });
  useEffect(() => {
    const controller = new AbortController();
    fetch(`/api/models/${encodeURIComponent(version)}/card`, { signal: controller.signal })
      .then(async (response) => {
        if (!response.ok) throw new Error(await problemText(response));
        setCard({ version, body: await response.text() });
      })
      .catch((error: Error) => {
        if (!controller.signal.aborted) setCard({ version, error: error.message });
      });
    return () => controller.abort();
  }, [version]);
  return card.version === version ? card : {};
}

import { useEffect, useRef, useState } from 'preact/hooks';
import { type Address, panelQuery } from './address.ts';
import { fetchPanel, type PanelData } from './fetch-panel.ts';
import { type Change, useView } from './view.ts';

export interface PanelState<Row> {
  /** Undefined until the first answer to the present question. */
  readonly data?: PanelData<Row>;
  /** Why the last fetch failed; older data may still be there. */
  readonly error?: string;
}

interface PanelOptions {
  /** Rows at most; what the person chose unless given. */
  readonly limit?: number;
  /** Filters that this panel sets by itself; undefined removes one. */
  readonly change?: Change;
  /** The reading that the panel is about. */
  readonly reading?: string;
}

/** Asks for a panel now, whenever the question changes, and whenever the page refreshes. */
export function usePanel<Row>(name: string, options: PanelOptions = {}): PanelState<Row> {
  const { address, fetchCount } = useView();
  const query = panelQuery(
    { ...address, ...options.change } as Address,
    options.limit ?? address.records,
    options.reading,
  );
  const question = name + query;
  const [state, setState] = useState<PanelState<Row> & { question: string }>({ question });
  const underWay = useRef<{ question: string; controller: AbortController }>(undefined);

  useEffect(() => {
    // A refresh waits for a slow answer to the same question: asking again would throw it away.
    if (underWay.current?.question === question) return;
    underWay.current?.controller.abort();
    const asked = { question, controller: new AbortController() };
    underWay.current = asked;
    const answered = (change: (before: typeof state) => typeof state) => {
      if (underWay.current !== asked) return;
      underWay.current = undefined;
      setState(change);
    };
    fetchPanel<Row>(name, query, asked.controller.signal).then(
      (data) => answered(() => ({ question, data })),
      (error: Error) =>
        answered((before) => ({
          ...(before.question === question && before.data && { data: before.data }),
          question,
          error: error.message,
        })),
    );
  }, [question, fetchCount]);

  useEffect(
    () => () => {
      underWay.current?.controller.abort();
      underWay.current = undefined;
    },
    [],
  );

  return state.question === question ? state : {};
}

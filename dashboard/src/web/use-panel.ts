import { useEffect, useState } from 'preact/hooks';
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

  useEffect(() => {
    const controller = new AbortController();
    fetchPanel<Row>(name, query, controller.signal).then(
      (data) => setState({ question, data }),
      (error: Error) => {
        if (controller.signal.aborted) return;
        setState((before) => ({
          ...(before.question === question && before.data && { data: before.data }),
          question,
          error: error.message,
        }));
      },
    );
    return () => controller.abort();
  }, [question, fetchCount]);

  return state.question === question ? state : {};
}

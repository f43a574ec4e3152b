import { useEffect, useState } from 'preact/hooks';
import { problemText } from './fetch-panel.ts';
import { useView } from './view.ts';

/** What a path of the API answered, and why there is no newer answer. */
export interface Answer<Body> {
  readonly body?: Body;
  readonly error?: string;
}

const EVERY_MS = 15_000;

/** Asks a path that is no panel; again with every refresh, and now and then while the page runs live. */
export function useAnswer<Body>(path: string): Answer<Body> {
  const { address, fetchCount } = useView();
  const [answer, setAnswer] = useState<Answer<Body>>({});
  const isLive = address.refresh === 'live';
  useEffect(() => {
    const controller = new AbortController();
    const ask = () =>
      fetch(path, { signal: controller.signal })
        .then(async (response) => {
          if (!response.ok) throw new Error(await problemText(response));
          setAnswer({ body: (await response.json()) as Body });
        })
        .catch((error: Error) => {
          if (!controller.signal.aborted) {
            setAnswer((last) => ({ ...last, error: error.message }));
          }
        });
    void ask();
    const timer = isLive ? setInterval(() => !document.hidden && void ask(), EVERY_MS) : undefined;
    return () => {
      controller.abort();
      clearInterval(timer);
    };
  }, [path, fetchCount, isLive]);
  return answer;
}

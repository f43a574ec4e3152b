import type { Warehouse, Writer } from './warehouse.ts';

/** The transaction that a script may have open: it holds the one writer until it ends. */
export interface Transaction {
  /** Null outside of a transaction. */
  writer(): Writer | null;
  begin(): Promise<void>;
  end(verb: 'commit' | 'rollback'): Promise<void>;
}

export function openTransaction(warehouse: Warehouse): Transaction {
  let open: {
    writer: Writer;
    release(verb: 'commit' | 'rollback'): void;
    ended: Promise<void>;
  } | null = null;
  return {
    writer: () => open?.writer ?? null,
    begin: async () => {
      const { promise: verb, resolve: release } = Promise.withResolvers<'commit' | 'rollback'>();
      const { promise: started, resolve: start } = Promise.withResolvers<Writer>();
      const ended = warehouse.write(async (writer) => {
        await writer.begin();
        start(writer);
        if ((await verb) === 'commit') await writer.commit();
        else await writer.rollback();
      });
      open = { writer: await started, release, ended };
    },
    end: async (verb) => {
      const ending = open;
      open = null;
      ending?.release(verb);
      await ending?.ended;
    },
  };
}

import { useState } from 'preact/hooks';

/** A command with a button that copies it. */
export function CopyCommand({ command }: { command: string }) {
  const [isCopied, setIsCopied] = useState(false);
  return (
    <div class="command">
      <pre>{command}</pre>
      <button
        type="button"
        class="quiet"
        onClick={() => {
          navigator.clipboard.writeText(command).then(
            () => setIsCopied(true),
            () => setIsCopied(false),
          );
        }}
      >
        {isCopied ? 'Copied' : 'Copy'}
      </button>
    </div>
  );
}

import { Button, CopyButton } from '@mantine/core';
import { Note } from '../look/states';
import { useWords } from '../words/words';

/** ShownOnce shows a secret that nobody can read again. */
export function ShownOnce({ text, what }: { text: string; what: string }) {
  const { t } = useWords();
  return (
    <div className="stack">
      <Note kind="warn">{t('once.text')}</Note>
      <p>{what}</p>
      <code className="block">{text}</code>
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <Button variant="default" onClick={copy}>
            {copied ? t('act.copied') : t('act.copy')}
          </Button>
        )}
      </CopyButton>
    </div>
  );
}

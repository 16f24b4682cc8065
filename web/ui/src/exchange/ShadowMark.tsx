import { Link } from '../look/Link';
import { useWords } from '../words/words';

/** ShadowMark says that nothing of this is in force. */
export function ShadowMark() {
  const { t } = useWords();
  return (
    <span className="dim">
      <span aria-hidden="true">◌</span> {t('shadow.mark')}
    </span>
  );
}

/** ChannelLink leads to a channel, or to the listener that is only overheard. */
export function ChannelLink({ name, shadow }: { name: string; shadow: boolean }) {
  return (
    <>
      <Link href={`/${shadow ? 'shadow-channels' : 'channels'}?filter=name:${name}`}>{name}</Link> {shadow ? <ShadowMark /> : null}
    </>
  );
}

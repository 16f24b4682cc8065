import { MapPinOff } from 'lucide-react';
import { Link } from '../look/Link';
import { Page } from '../look/Page';
import { Empty } from '../look/states';
import { useWords } from '../words/words';

/** Lost answers an address that names no page. */
export function Lost() {
  const { t } = useWords();
  return (
    <Page title={t('lost.title')}>
      <Empty icon={MapPinOff} title={t('lost.title')} text={t('lost.text')}>
        <Link href="/">{t('nav.home')}</Link>
      </Empty>
    </Page>
  );
}

/** Refused says why a page is closed to the person, and whom to ask. */
export function Refused({ action }: { action: string }) {
  const { t } = useWords();
  return (
    <Page title={t('state.denied')}>
      <Empty icon={MapPinOff} title={t('state.denied')} text={t('state.needs', { action })}>
        <span>{t('state.deniedText')}</span>
      </Empty>
    </Page>
  );
}

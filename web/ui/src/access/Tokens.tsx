import { Button, Modal, NativeSelect, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { KeyRound } from 'lucide-react';
import { type FormEvent, useMemo, useState } from 'react';
import { api } from '../api/calls';
import { list, type RoleGrant, type Token } from '../api/types';
import { When } from '../look/marks';
import { Page } from '../look/Page';
import { Empty, Failed, Note } from '../look/states';
import { useHere } from '../shell/session';
import type { Column } from '../table/column';
import { DataTable } from '../table/DataTable';
import { type Speaker, useWords } from '../words/words';
import { ShownOnce } from './ShownOnce';
import { roleOf } from './Users';

const noFields: never[] = [];

function columnsOf({ t, word }: Speaker): Column<Token>[] {
  const roles = (k: Token) =>
    list(k.roles)
      .map((r) => word('role', r.role))
      .join(', ');
  return [
    { id: 'name', header: t('col.name'), width: 200, weight: 1.5, cell: (k) => k.name, text: (k) => k.name },
    { id: 'roles', header: t('users.roles'), width: 200, cell: roles, text: roles },
    { id: 'prefix', header: t('tokens.prefix'), width: 120, cell: (k) => <span className="mono">{k.prefix}</span>, text: (k) => k.prefix ?? '' },
    { id: 'createdAt', header: t('tokens.created'), width: 150, cell: (k) => <When at={k.createdAt} />, text: (k) => k.createdAt ?? '' },
    { id: 'expiresAt', header: t('tokens.expires'), width: 150, cell: (k) => (k.revokedAt ? t('tokens.revoked') : <When at={k.expiresAt} />), text: (k) => (k.revokedAt ? t('tokens.revoked') : (k.expiresAt ?? '')) },
    { id: 'lastUsed', header: t('tokens.used'), width: 130, cell: (k) => (k.lastUsed ? <When at={k.lastUsed} relative /> : t('word.never')), text: (k) => k.lastUsed ?? '' },
  ];
}

/** Tokens lists the keys of programs. */
export function Tokens() {
  const words = useWords();
  const { t } = words;
  const columns = useMemo(() => columnsOf(words), [words]);
  const [adding, setAdding] = useState(false);
  const client = useQueryClient();
  const close = () => {
    setAdding(false);
    void client.invalidateQueries({ queryKey: ['list', 'tokens'] });
  };
  return (
    <Page full title={t('nav.tokens')} text={t('tokens.text')} actions={<Button onClick={() => setAdding(true)}>{t('tokens.add')}</Button>}>
      <DataTable
        name="tokens"
        label={t('nav.tokens')}
        columns={columns}
        fields={noFields}
        fetch={api.tokens}
        id={(k) => k.id}
        title={(k) => k.name}
        side={(_, k) => (k ? <Revoke key={k.id} token={k} /> : null)}
        empty={<Empty icon={KeyRound} title={t('tokens.empty')} text={t('tokens.emptyText')} />}
      />
      <Modal opened={adding} onClose={close} title={t('tokens.add')} closeButtonProps={{ 'aria-label': t('act.close') }}>
        {adding ? <AddToken /> : null}
      </Modal>
    </Page>
  );
}

const lives = [7, 30, 90, 365];

function AddToken() {
  const { t, word } = useWords();
  const { session } = useHere();
  const own = list(session.roles).map((r) => r.role);
  const [name, setName] = useState('');
  const [role, setRole] = useState<RoleGrant['role']>(own[0] ?? 'viewer');
  const [days, setDays] = useState('90');
  const [made, setMade] = useState('');
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (e: FormEvent) => {
    e.preventDefault();
    setBusy(true);
    setError(null);
    try {
      const expiresAt = new Date(Date.now() + Number(days) * 86_400_000).toISOString();
      const grants = list(session.roles).filter((r) => r.role === role);
      const answer = await api.addToken({ name, roles: grants.length > 0 ? grants : [{ role }], expiresAt });
      setMade(answer.token ?? '');
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  if (made) return <ShownOnce text={made} what={t('tokens.made', { name })} />;
  return (
    <form className="stack" onSubmit={(e) => void submit(e)}>
      {error ? <Failed error={error} /> : null}
      <TextInput label={t('col.name')} value={name} onChange={(e) => setName(e.currentTarget.value)} required data-autofocus />
      <NativeSelect
        label={t('users.role')}
        value={role}
        onChange={(e) => setRole(roleOf(e.currentTarget.value))}
        data={[...new Set([...own, 'viewer'])].map((r) => ({ value: r, label: word('role', r) }))}
      />
      <NativeSelect
        label={t('tokens.life')}
        value={days}
        onChange={(e) => setDays(e.currentTarget.value)}
        data={lives.map((n) => ({ value: String(n), label: t('tokens.days', { n }) }))}
      />
      <Button type="submit" size="sm" loading={busy}>
        {t('tokens.add')}
      </Button>
    </form>
  );
}

function Revoke({ token }: { token: Token }) {
  const { t } = useWords();
  const client = useQueryClient();
  const [sure, setSure] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const revoke = async () => {
    setError(null);
    try {
      await api.revokeToken(token.id);
      await client.invalidateQueries({ queryKey: ['list', 'tokens'] });
    } catch (problem) {
      setError(problem);
    }
  };
  return (
    <div className="stack">
      {error ? <Failed error={error} /> : null}
      {sure ? (
        <>
          <Note kind="warn">{t('tokens.sure', { name: token.name })}</Note>
          <div className="row">
            <Button color="red" onClick={() => void revoke()}>
              {t('tokens.revoke')}
            </Button>
            <Button variant="default" onClick={() => setSure(false)}>
              {t('act.cancel')}
            </Button>
          </div>
        </>
      ) : (
        <div>
          <Button variant="default" onClick={() => setSure(true)}>
            {t('tokens.revoke')}
          </Button>
        </div>
      )}
    </div>
  );
}

import { Button, Modal, NativeSelect, TextInput } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Check, Users as UsersIcon } from 'lucide-react';
import { type FormEvent, useMemo, useState } from 'react';
import { api } from '../api/calls';
import { type Body, list, type Role, type RoleGrant, type User } from '../api/types';
import { When } from '../look/marks';
import { Page } from '../look/Page';
import { Empty, Failed, Loaded, Note } from '../look/states';
import type { Field } from '../query/grammar';
import { useMay } from '../shell/session';
import type { Column } from '../table/column';
import { DataTable } from '../table/DataTable';
import { type Speaker, useWords } from '../words/words';
import { ShownOnce } from './ShownOnce';

const roleNames: readonly RoleGrant['role'][] = ['viewer', 'security-analyst', 'clinical-engineer', 'integration-engineer', 'compliance-officer', 'administrator'];

/** roleOf reads a role; what is none may only look. */
export function roleOf(text: string): RoleGrant['role'] {
  return roleNames.find((r) => r === text) ?? 'viewer';
}

const fields: readonly Field[] = [
  { name: 'name', kind: 'text' },
  { name: 'disabled', kind: 'word', values: ['yes', 'no'] },
  { name: 'last_login', kind: 'time' },
  { name: 'created', kind: 'time' },
];

function rolesText(u: { roles?: User['roles'] }, word: Speaker['word']): string {
  return list(u.roles)
    .map((r) => [word('role', r.role), r.site, r.unit].filter(Boolean).join(' '))
    .join(', ');
}

function columnsOf({ t, word }: Speaker): Column<User>[] {
  return [
    { id: 'name', header: t('login.name'), width: 150, sort: 'name', cell: (u) => u.name, text: (u) => u.name },
    { id: 'displayName', header: t('users.displayName'), width: 180, cell: (u) => u.displayName ?? '', text: (u) => u.displayName ?? '' },
    { id: 'roles', header: t('users.roles'), width: 240, weight: 2, cell: (u) => rolesText(u, word), text: (u) => rolesText(u, word) },
    {
      id: 'secondFactor',
      header: t('users.factor'),
      width: 120,
      cell: (u) => (u.secondFactor ? t('word.yes') : t('word.no')),
      text: (u) => (u.secondFactor ? t('word.yes') : t('word.no')),
    },
    { id: 'lastLogin', header: t('users.lastLogin'), width: 150, sort: 'last_login', cell: (u) => (u.lastLogin ? <When at={u.lastLogin} relative /> : t('word.never')), text: (u) => u.lastLogin ?? '' },
    {
      id: 'disabled',
      header: t('col.status'),
      width: 110,
      cell: (u) => (u.disabled ? t('users.disabled') : t('users.active')),
      text: (u) => (u.disabled ? t('users.disabled') : t('users.active')),
    },
  ];
}

/** Users lists who may come in, with which role and where. */
export function Users() {
  const words = useWords();
  const { t } = words;
  const may = useMay();
  const columns = useMemo(() => columnsOf(words), [words]);
  const [adding, setAdding] = useState(false);
  const [table, setTable] = useState(false);
  return (
    <Page
      full
      title={t('nav.users')}
      text={t('users.text')}
      actions={
        <div className="row">
          <Button variant="default" onClick={() => setTable(true)}>
            {t('users.table')}
          </Button>
          {may('user:write') ? <Button onClick={() => setAdding(true)}>{t('users.add')}</Button> : null}
        </div>
      }
    >
      <DataTable
        name="users"
        label={t('nav.users')}
        columns={columns}
        fields={fields}
        fetch={api.users}
        id={(u) => u.id}
        title={(u) => u.displayName || u.name}
        side={(_, u) => (u ? <UserPanel key={u.id} user={u} /> : null)}
        empty={<Empty icon={UsersIcon} title={t('users.empty')} text={t('users.emptyText')} />}
      />
      <Modal opened={adding} onClose={() => setAdding(false)} title={t('users.add')} closeButtonProps={{ 'aria-label': t('act.close') }}>
        {adding ? <AddUser /> : null}
      </Modal>
      <Modal opened={table} onClose={() => setTable(false)} title={t('users.table')} size="xl" closeButtonProps={{ 'aria-label': t('act.close') }}>
        {table ? <RoleTable /> : null}
      </Modal>
    </Page>
  );
}

interface NewUser {
  name: string;
  displayName: string;
  role: RoleGrant['role'];
  site: string;
  unit: string;
}

function AddUser() {
  const { t, word } = useWords();
  const [user, setUser] = useState<NewUser>({ name: '', displayName: '', role: 'viewer', site: '', unit: '' });
  const [made, setMade] = useState<User | undefined>();
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (e: FormEvent) => {
    e.preventDefault();
    setBusy(true);
    setError(null);
    try {
      const grant = { role: user.role, ...(user.site ? { site: user.site } : {}), ...(user.unit ? { unit: user.unit } : {}) };
      setMade(await api.addUser({ name: user.name, displayName: user.displayName || undefined, roles: [grant] }));
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  if (made) return made.oneTimePassword ? <ShownOnce text={made.oneTimePassword} what={t('users.password', { name: made.name })} /> : <Note kind="good">{t('users.added', { name: made.name })}</Note>;
  return (
    <form className="stack" onSubmit={(e) => void submit(e)}>
      {error ? <Failed error={error} /> : null}
      <TextInput label={t('login.name')} value={user.name} onChange={(e) => setUser({ ...user, name: e.currentTarget.value })} required data-autofocus />
      <TextInput label={t('users.displayName')} value={user.displayName} onChange={(e) => setUser({ ...user, displayName: e.currentTarget.value })} />
      <NativeSelect
        label={t('users.role')}
        value={user.role}
        onChange={(e) => setUser({ ...user, role: roleOf(e.currentTarget.value) })}
        data={roleNames.map((r) => ({ value: r, label: word('role', r) }))}
      />
      <TextInput label={t('col.site')} description={t('users.everywhere')} value={user.site} onChange={(e) => setUser({ ...user, site: e.currentTarget.value })} />
      <TextInput label={t('col.unit')} description={t('users.everywhere')} value={user.unit} onChange={(e) => setUser({ ...user, unit: e.currentTarget.value })} />
      <Button type="submit" size="sm" loading={busy}>
        {t('users.add')}
      </Button>
    </form>
  );
}

function UserPanel({ user }: { user: User }) {
  const { t, word } = useWords();
  const may = useMay();
  const client = useQueryClient();
  const [once, setOnce] = useState('');
  const [error, setError] = useState<unknown>(null);
  const disabled = Boolean(user.disabled);
  const change = async (patch: Body<'/users/{id}', 'patch'>) => {
    setError(null);
    try {
      const changed = await api.changeUser(user.id, user.version ?? 0, patch);
      if (changed.oneTimePassword) setOnce(changed.oneTimePassword);
    } catch (problem) {
      setError(problem);
    }
    await client.invalidateQueries({ queryKey: ['list', 'users'] });
  };
  return (
    <div className="stack">
      {error ? <Failed error={error} /> : null}
      {once ? <ShownOnce text={once} what={t('users.password', { name: user.name })} /> : null}
      <dl className="facts">
        <dt>{t('login.name')}</dt>
        <dd>{user.name}</dd>
        <dt>{t('users.roles')}</dt>
        <dd>{rolesText(user, word) || '–'}</dd>
        <dt>{t('col.status')}</dt>
        <dd>{disabled ? t('users.disabled') : t('users.active')}</dd>
      </dl>
      {may('user:write') ? (
        <div className="row">
          <Button variant="default" onClick={() => void change({ disabled: !disabled })}>
            {disabled ? t('users.enable') : t('users.disable')}
          </Button>
          <Button variant="default" onClick={() => void change({ resetPassword: true })}>
            {t('users.resetPassword')}
          </Button>
          {user.secondFactor ? (
            <Button variant="default" onClick={() => void change({ resetSecondFactor: true })}>
              {t('users.resetFactor')}
            </Button>
          ) : null}
        </div>
      ) : null}
    </div>
  );
}

/** RoleTable is which role may do what. */
function RoleTable() {
  const { t, word } = useWords();
  const asked = useQuery({ queryKey: ['roles'], queryFn: ({ signal }) => api.roles(signal) });
  return (
    <Loaded of={asked} rows={10}>
      {(a) => {
        const roles: Role[] = list(a.roles);
        const actions = list(a.actions);
        return (
          // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls
          <div className="scrollx" tabIndex={0} role="region" aria-label={t('users.table')}>
            <table className="plain">
              <thead>
                <tr>
                  <th scope="col">{t('audit.did')}</th>
                  {roles.map((r) => (
                    <th key={r.role} scope="col">
                      {word('role', r.role)}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {actions.map((act) => (
                  <tr key={act}>
                    <th scope="row" className="mono">
                      {act}
                    </th>
                    {roles.map((r) => (
                      <td key={r.role}>
                        {list(r.actions).includes(act) ? <Check size={15} role="img" aria-label={t('word.yes')} /> : <span className="dim">–</span>}
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        );
      }}
    </Loaded>
  );
}

import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Undo2 } from 'lucide-react';
import { Failed } from '../look/states';
import { useWords } from '../words/words';

interface Props {
  device: string;
  allowed: boolean;
  act: () => Promise<unknown>;
}

/** TakeBack undoes one thing that was said of a device. */
export function TakeBack({ device, allowed, act }: Props) {
  const { t } = useWords();
  const client = useQueryClient();
  const undo = useMutation({ mutationFn: act, onSettled: () => client.invalidateQueries({ queryKey: ['device', device] }) });
  if (!allowed) return null;
  return (
    <>
      {undo.error ? <Failed error={undo.error} /> : null}
      {undo.isSuccess ? (
        <span role="status">{t('device.takenBack')}</span>
      ) : (
        <Button variant="default" size="compact-xs" data-take-back leftSection={<Undo2 size={13} aria-hidden="true" />} loading={undo.isPending} onClick={() => undo.mutate()}>
          {t('device.takeBack')}
        </Button>
      )}
    </>
  );
}

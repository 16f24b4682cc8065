import { type ReactNode, useEffect } from 'react';

/** Page is the frame of a screen: its title, a sentence, what can be done. */
export function Page({ title, text, actions, full = false, children }: { title: string; text?: ReactNode; actions?: ReactNode; full?: boolean; children: ReactNode }) {
  useEffect(() => {
    document.title = `${title} · Bedrail`;
  }, [title]);
  return (
    <div className={full ? 'page full' : 'page'}>
      <div className="head">
        <div className="grow">
          <h1>{title}</h1>
          {text ? <p>{text}</p> : null}
        </div>
        {actions}
      </div>
      {children}
    </div>
  );
}

import './look/mantine';
import './look/base.css';
import { localStorageColorSchemeManager, MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { askAhead } from './access/ahead';
import { Problem } from './api/client';
import { nonce, theme } from './look/theme';
import { makeRouter } from './routes';
import { density } from './table/view';
import { Speaking } from './words/Speaking';

document.documentElement.dataset['density'] = density();

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      refetchOnWindowFocus: false,
      // An answer with a reason stays the same when asked again.
      retry: (count, error) => !(error instanceof Problem && error.status < 500) && count < 2,
    },
  },
});
void askAhead(client, window.location);
const router = makeRouter();
void router.load(); // its screen is fetched while the first words are drawn
const schemes = localStorageColorSchemeManager({ key: 'bedrail.scheme' });

const root = document.getElementById('root');
if (root) {
  createRoot(root).render(
    <StrictMode>
      <MantineProvider theme={theme} defaultColorScheme="auto" colorSchemeManager={schemes} getStyleNonce={nonce}>
        <QueryClientProvider client={client}>
          <Speaking>
            <RouterProvider router={router} />
          </Speaking>
        </QueryClientProvider>
      </MantineProvider>
    </StrictMode>,
  );
}

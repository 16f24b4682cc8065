import { createTheme, type MantineColorsTuple } from '@mantine/core';

// The one accent. It never means a severity.
const teal: MantineColorsTuple = [
  '#e6f6f1',
  '#c9ebe1',
  '#9bdac8',
  '#66c5ac',
  '#3fb294',
  '#22a083',
  '#118a6f',
  '#0c755e',
  '#0a6350',
  '#084f40',
];

const slate: MantineColorsTuple = [
  '#e6eaf0',
  '#c3cad5',
  '#9aa5b4',
  '#6f7b8c',
  '#475365',
  '#313c4b',
  '#1f2733',
  '#171e28',
  '#10161e',
  '#0b1016',
];

/** nonce is the style nonce of this page, as the server wrote it. */
export function nonce(): string {
  return document.querySelector('meta[name="csp-nonce"]')?.getAttribute('content') ?? '';
}

export const theme = createTheme({
  primaryColor: 'teal',
  primaryShade: { light: 8, dark: 7 },
  colors: { teal, dark: slate },
  fontFamily: "'Inter Variable', system-ui, sans-serif",
  fontFamilyMonospace: "'JetBrains Mono Variable', ui-monospace, monospace",
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '20px' },
  headings: {
    fontFamily: "'Inter Variable', system-ui, sans-serif",
    fontWeight: '620',
    sizes: { h1: { fontSize: '20px' }, h2: { fontSize: '16px' }, h3: { fontSize: '14px' } },
  },
  defaultRadius: 'sm',
  radius: { xs: '3px', sm: '6px', md: '8px', lg: '12px', xl: '16px' },
  spacing: { xs: '4px', sm: '8px', md: '12px', lg: '16px', xl: '24px' },
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: 'xs' } },
    TextInput: { defaultProps: { size: 'sm' } },
    PasswordInput: { defaultProps: { size: 'sm' } },
    NativeSelect: { defaultProps: { size: 'sm' } },
    // Locking the page's scrolling writes a style without the nonce; the page itself never scrolls.
    Modal: { defaultProps: { lockScroll: false, centered: true, transitionProps: { duration: 120 }, overlayProps: { backgroundOpacity: 0.4 } } },
    Menu: { defaultProps: { transitionProps: { duration: 80 }, shadow: 'md' } },
    Popover: { defaultProps: { transitionProps: { duration: 80 }, shadow: 'md' } },
    Tooltip: { defaultProps: { transitionProps: { duration: 80 }, openDelay: 300, withArrow: true, multiline: true } },
  },
});

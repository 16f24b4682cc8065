import jsxA11y from 'eslint-plugin-jsx-a11y';
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['node_modules/', '../dist/', 'src/api/schema.d.ts'] },
  ...tseslint.configs.recommended,
  {
    files: ['src/**/*.{ts,tsx}', 'test/**/*.{ts,tsx}'],
    plugins: { 'react-hooks': reactHooks, 'jsx-a11y': jsxA11y },
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      ...reactHooks.configs.recommended.rules,
      ...jsxA11y.flatConfigs.recommended.rules,
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      // One module wraps the table library, so that its next version is one module's work.
      'no-restricted-imports': ['error', { paths: [{ name: '@tanstack/react-table', message: 'Lists are drawn by table/DataTable.' }, { name: '@tanstack/react-virtual', message: 'Lists are drawn by table/DataTable.' }] }],
    },
  },
  { files: ['src/table/**'], rules: { 'no-restricted-imports': 'off' } },
  { files: ['**/*.mjs', '*.js'], languageOptions: { globals: { process: 'readonly', localStorage: 'readonly', document: 'readonly' } } },
);

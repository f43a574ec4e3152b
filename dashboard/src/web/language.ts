/**
 * Gives `navigator.language` a value that `Intl` takes.
 *
 * A Chromium started under `LANG=C` says `en-US@posix`, and uPlot builds an `Intl.NumberFormat` of it when it is
 * imported: the error would leave the page blank. Imported before everything else for that reason.
 */
try {
  Intl.getCanonicalLocales(navigator.language);
} catch {
  Object.defineProperty(navigator, 'language', { value: 'en-GB', configurable: true });
}

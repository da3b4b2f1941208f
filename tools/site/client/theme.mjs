// Before anything is drawn: the choice that was made last time, or else what the system says.
try {
  const chosen = localStorage.getItem('theme');
  if (chosen === 'dark' || chosen === 'light') document.documentElement.dataset.theme = chosen;
} catch {
  // Storage may be forbidden for files: then the system decides each time.
}

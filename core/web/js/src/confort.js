// SPDX-License-Identifier: MPL-2.0
// Small comforts: a form marked data-auto sends itself on change and swaps the fragment that it names; a form with text warns
// before it is left. Without it, the buttons "Mettre à jour cette liste" and "Filtrer" do the same.
for (const form of document.querySelectorAll('form[data-auto]')) {
  const target = document.getElementById(form.dataset.auto);
  if (!target) continue;
  form.addEventListener('change', async () => {
    const query = new URLSearchParams(new FormData(form));
    const address = `${form.action}?${query}`;
    try {
      const answer = await fetch(address, { headers: { Accept: 'text/vnd.fragment+html' } });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      target.replaceChildren(...page.body.childNodes);
      window.history.replaceState(null, '', address);
    } catch {
      form.requestSubmit();
    }
  });
}

for (const form of document.querySelectorAll('form[data-garde]')) {
  let touched = false;
  form.addEventListener('input', () => {
    touched = true;
  });
  form.addEventListener('submit', () => {
    touched = false;
  });
  window.addEventListener('beforeunload', (event) => {
    if (touched) event.preventDefault();
  });
}

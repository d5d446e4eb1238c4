/** Hand the user a text as a file of their own. */
export function saveText(name: string, type: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser has begun to read it by then; without this it would be kept as long as the page.
  setTimeout(() => {
    URL.revokeObjectURL(url);
  });
}

/** Puts a text where the caret is, in place of what is selected; it can be undone like what is typed. */
export function insert(field: HTMLTextAreaElement, text: string): void {
  field.focus();
  if (document.execCommand?.("insertText", false, text)) return;
  field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new InputEvent("input", { bubbles: true, inputType: "insertText", data: text }));
}

// What the page says in its own words.

const RUNGS = [
  ["Baseless", "the records that it cites do not show it"],
  ["Sealed", "the records that it cites are in the sealed tree, but this page could not derive the claim from what is shown"],
  ["Recomputed", "this page derived it anew from the records shown below"],
  ["Corroborated", "this page derived it anew from the records of each of two sensors that do not depend on each other"],
];

const CLASSES = {
  TooLarge: "The file is beyond a limit of the format.",
  NotADossier: "The file is something else, or was cut or damaged on its way.",
  UnknownVersion: "The file is of a version that this page does not know. Ask for a newer page.",
  NonCanonical: "Somebody or some program wrote the file anew. What was signed cannot be told from it.",
  Malformed: "A part of the file is missing or not of its one form. No honest program writes it so.",
  BadKey: "The key in the file is none that a signature can be held against.",
  BadCheckpoint: "The seal over the records was not made by the key in the file, or was changed since.",
  BadCheckpointText: "The seal is signed but says nothing that can be read.",
  BadNote: "The file was not signed by the key in it, or its signature was changed.",
  BodyChanged: "The file was changed after it was signed, if only in one letter.",
  DuplicateRecord: "A record stands twice or out of order.",
  DuplicateField: "A record says two things of one field.",
  ProofOfAnotherTree: "The proof of a record belongs to another seal.",
  ProofOfAnotherLeaf: "The proof of a record is that of another record.",
  OutsideTree: "A record is claimed to be sealed that the seal has no place for.",
  WrongTreeSize: "The proof of a record does not fit the seal.",
  NotInTree: "A record is not the one that was sealed: a value, its place or its proof was changed.",
  DuplicateClaim: "Two claims bear one name, so what is said of either cannot be told apart.",
  AbsentRecord: "A claim rests on a record that the file does not hold.",
  AttachmentChanged: "A rule or text was changed.",
  BadHistory: "An earlier seal in the file is false.",
  NotAPrefix: "An earlier seal is of other records: the sealer kept two histories.",
};

const NEVER_SHOWN = [
  "That the logs were true before they were sealed.",
  "That nothing was left out: a dossier shows a part.",
  "Who sat at a keyboard, or for whom.",
  "When the seal was made: this page does not check time-stamp tokens. “onus verify --policy” does.",
  "Who holds the key: compare the whole of it by another channel, such as the telephone or a website you know.",
];

const WEIGHT_WORDS = { for: "for", against: "against", open: "open" };

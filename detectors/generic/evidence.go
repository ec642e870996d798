package generic

// Evidence is what is known of a candidate, as numbers: what the model weighs. The
// model's file knows them by their names.
const (
	// The name that the value was given.
	nameParts = iota
	nameLength
	nameLastPassword
	nameLastToken
	nameLastKey
	nameLastAuth
	namePassword
	nameToken
	nameSecret
	nameKey
	nameQualified
	nameAfter
	nameAlone
	nameIdentity
	namePlace
	nameKind
	nameMoment
	nameMessage
	nameDigest
	namePublic
	nameHarmless
	nameTest
	nameUpper
	nameCamel
	nameDigits
	nameSelector
	nameDollar
	nameSets
	nameNone

	// The shape of the value.
	valueLength
	valueLower
	valueUpper
	valueDigit
	valueSign
	valueBlank
	valueForeign
	valueClasses
	valueEntropy
	valueSpread
	valueUnique
	valueChanges
	valueRunDigit
	valueRunLetter
	valueRunSame
	valueEndsDigit
	valueStartsUpper
	valueHex
	valueHexEven
	valueBase64
	valuePadded
	valueUUID
	valueWords
	valueLeft
	valueCommon
	valueLeet
	valueSequence
	valueDots
	valueSlashes
	valueHyphens
	valueUnderscores
	valueColons
	valueBackslashes
	valueBrackets

	// What the value looks like.
	looksIdentifier
	looksConstant
	looksCamel
	looksSelector
	looksPath
	looksMail
	looksHost
	looksVersion
	looksSentence
	looksTitle
	looksPasswordHash
	looksEncodedWords
	looksNumber
	looksName
	looksEcho
	looksField
	looksPublic

	// How name and value are written.
	syntaxAssigned
	syntaxPaired
	syntaxFlagged
	syntaxSpoken
	syntaxArgument
	syntaxCalled
	syntaxTagged
	syntaxBearer
	syntaxBasic
	syntaxInURL
	syntaxEquals
	syntaxColon
	syntaxWalrus
	syntaxArrow
	syntaxComparison
	syntaxOtherwise
	syntaxComma
	syntaxBare
	syntaxSingle
	syntaxDouble
	syntaxBacktick
	syntaxEscaped
	syntaxWrapped
	syntaxListed
	syntaxNested
	syntaxQuotedName
	syntaxEndLine
	syntaxEndStatement
	syntaxEndMember
	syntaxEndCall
	syntaxEndObject
	syntaxConcatenated
	syntaxSelected
	syntaxWords
	syntaxDeclared
	syntaxRaw

	// The line and its neighbours.
	lineComment
	lineTest
	lineExample
	lineUser
	lineEnvironment

	// The URL that the value is part of.
	urlLocal
	urlUserIsValue

	evidenceCount
)

// evidenceOf says what each piece of evidence is called, and what it says in words.
var evidenceOf = [evidenceCount]struct{ name, words string }{
	nameParts:          {"nameParts", "words in the name"},
	nameLength:         {"nameLength", "length of the name"},
	nameLastPassword:   {"nameLastPassword", "the name ends in a word for passwords"},
	nameLastToken:      {"nameLastToken", "the name ends in a word for tokens or secrets"},
	nameLastKey:        {"nameLastKey", `the name ends in "key"`},
	nameLastAuth:       {"nameLastAuth", `the name ends in "auth" or "credential"`},
	namePassword:       {"namePassword", "the name speaks of a password"},
	nameToken:          {"nameToken", "the name speaks of a token"},
	nameSecret:         {"nameSecret", "the name speaks of a secret"},
	nameKey:            {"nameKey", "the name speaks of a key"},
	nameQualified:      {"nameQualified", `the word before "key" makes a secret of it`},
	nameAfter:          {"nameAfter", "words behind the telling one"},
	nameAlone:          {"nameAlone", "the telling word is the whole name"},
	nameIdentity:       {"nameIdentity", "the name ends as that of an identity or label does: id, name, user"},
	namePlace:          {"namePlace", "the name ends as that of a place does: file, path, url"},
	nameKind:           {"nameKind", "the name ends as that of a setting does: type, length, policy"},
	nameMoment:         {"nameMoment", "the name ends as that of a time does: expires, ttl"},
	nameMessage:        {"nameMessage", "the name ends as that of a text does: error, hint, title"},
	nameDigest:         {"nameDigest", "the name ends as that of a digest does: hash, salt"},
	namePublic:         {"namePublic", "the name says that it is public"},
	nameHarmless:       {"nameHarmless", "the name is that of a harmless thing: cache, csrf, page, sort"},
	nameTest:           {"nameTest", "the name speaks of a test: expected, invalid, fake"},
	nameUpper:          {"nameUpper", "the name is in capitals"},
	nameCamel:          {"nameCamel", "the name is in camel case"},
	nameDigits:         {"nameDigits", "the name has digits"},
	nameSelector:       {"nameSelector", "the name is a selector: config.password"},
	nameDollar:         {"nameDollar", "the name begins with a dollar sign"},
	nameSets:           {"nameSets", "the name begins with set or with"},
	nameNone:           {"nameNone", "the value has no name"},
	valueLength:        {"valueLength", "length of the value"},
	valueLower:         {"valueLower", "share of small letters"},
	valueUpper:         {"valueUpper", "share of capitals"},
	valueDigit:         {"valueDigit", "share of digits"},
	valueSign:          {"valueSign", "share of signs"},
	valueBlank:         {"valueBlank", "share of blanks"},
	valueForeign:       {"valueForeign", "share of characters beyond ASCII"},
	valueClasses:       {"valueClasses", "kinds of characters"},
	valueEntropy:       {"valueEntropy", "entropy of the value"},
	valueSpread:        {"valueSpread", "entropy for its length"},
	valueUnique:        {"valueUnique", "share of different characters"},
	valueChanges:       {"valueChanges", "changes between kinds of characters"},
	valueRunDigit:      {"valueRunDigit", "longest run of digits"},
	valueRunLetter:     {"valueRunLetter", "longest run of letters"},
	valueRunSame:       {"valueRunSame", "longest run of one character"},
	valueEndsDigit:     {"valueEndsDigit", "the value ends in a digit"},
	valueStartsUpper:   {"valueStartsUpper", "the value starts with a capital"},
	valueHex:           {"valueHex", "the value is hexadecimal"},
	valueHexEven:       {"valueHexEven", "the value is hexadecimal, of a length that keys have"},
	valueBase64:        {"valueBase64", "the value could be base64"},
	valuePadded:        {"valuePadded", "the value ends in base64's padding"},
	valueUUID:          {"valueUUID", "the value is a UUID"},
	valueWords:         {"valueWords", "share that reads like words"},
	valueLeft:          {"valueLeft", "characters left without the words that people make values up of"},
	valueCommon:        {"valueCommon", "everybody knows this password"},
	valueLeet:          {"valueLeet", "the value spells a word for passwords"},
	valueSequence:      {"valueSequence", "share of neighbours that count up or down"},
	valueDots:          {"valueDots", "dots in the value"},
	valueSlashes:       {"valueSlashes", "slashes in the value"},
	valueHyphens:       {"valueHyphens", "hyphens in the value"},
	valueUnderscores:   {"valueUnderscores", "underscores in the value"},
	valueColons:        {"valueColons", "colons in the value"},
	valueBackslashes:   {"valueBackslashes", "backslashes in the value"},
	valueBrackets:      {"valueBrackets", "brackets in the value"},
	looksIdentifier:    {"looksIdentifier", "the value looks like an identifier"},
	looksConstant:      {"looksConstant", "the value looks like the name of a constant"},
	looksCamel:         {"looksCamel", "the value looks like a camel-case identifier"},
	looksSelector:      {"looksSelector", "the value looks like a selector: a.b.c"},
	looksPath:          {"looksPath", "the value looks like a path"},
	looksMail:          {"looksMail", "the value looks like a mail address"},
	looksHost:          {"looksHost", "the value looks like a host name"},
	looksVersion:       {"looksVersion", "the value looks like a version or a date"},
	looksSentence:      {"looksSentence", "the value is a sentence"},
	looksTitle:         {"looksTitle", "the value is words in title case"},
	looksPasswordHash:  {"looksPasswordHash", "the value is the hash of a password"},
	looksEncodedWords:  {"looksEncodedWords", "the value is base64 of words"},
	looksNumber:        {"looksNumber", "the value is a number"},
	looksName:          {"looksName", "the value and the name hold one another"},
	looksEcho:          {"looksEcho", "share of the value that the name says"},
	looksField:         {"looksField", "the value holds a word for secrets"},
	looksPublic:        {"looksPublic", "the value is that of a public key or certificate"},
	syntaxAssigned:     {"syntaxAssigned", "an assignment"},
	syntaxPaired:       {"syntaxPaired", "a field called name beside one called value"},
	syntaxFlagged:      {"syntaxFlagged", "a flag of a command"},
	syntaxSpoken:       {"syntaxSpoken", "a statement: PASSWORD 'x'"},
	syntaxArgument:     {"syntaxArgument", "the name and the value are arguments"},
	syntaxCalled:       {"syntaxCalled", "the argument of a method of that name"},
	syntaxTagged:       {"syntaxTagged", "an element of XML"},
	syntaxBearer:       {"syntaxBearer", "an Authorization header"},
	syntaxBasic:        {"syntaxBasic", "Basic credentials"},
	syntaxInURL:        {"syntaxInURL", "the password of a URL"},
	syntaxEquals:       {"syntaxEquals", "="},
	syntaxColon:        {"syntaxColon", ":"},
	syntaxWalrus:       {"syntaxWalrus", ":="},
	syntaxArrow:        {"syntaxArrow", "=>"},
	syntaxComparison:   {"syntaxComparison", "a comparison"},
	syntaxOtherwise:    {"syntaxOtherwise", "assigned otherwise"},
	syntaxComma:        {"syntaxComma", "a comma between name and value"},
	syntaxBare:         {"syntaxBare", "the value has no quotes"},
	syntaxSingle:       {"syntaxSingle", "single quotes"},
	syntaxDouble:       {"syntaxDouble", "double quotes"},
	syntaxBacktick:     {"syntaxBacktick", "backticks"},
	syntaxEscaped:      {"syntaxEscaped", "escaped quotes"},
	syntaxWrapped:      {"syntaxWrapped", "the value is converted"},
	syntaxListed:       {"syntaxListed", "a list of numbers"},
	syntaxNested:       {"syntaxNested", "a member of an object under the name"},
	syntaxQuotedName:   {"syntaxQuotedName", "the name has quotes"},
	syntaxEndLine:      {"syntaxEndLine", "the line ends behind the value"},
	syntaxEndStatement: {"syntaxEndStatement", "a semicolon follows"},
	syntaxEndMember:    {"syntaxEndMember", "a comma follows"},
	syntaxEndCall:      {"syntaxEndCall", "a parenthesis follows"},
	syntaxEndObject:    {"syntaxEndObject", "a bracket follows"},
	syntaxConcatenated: {"syntaxConcatenated", "the value is put together from pieces"},
	syntaxSelected:     {"syntaxSelected", "the value's own field or method is taken"},
	syntaxWords:        {"syntaxWords", "more words follow"},
	syntaxDeclared:     {"syntaxDeclared", "a declaration: const, var, private, export"},
	syntaxRaw:          {"syntaxRaw", "within a raw string of a program"},
	lineComment:        {"lineComment", "the line is a comment"},
	lineTest:           {"lineTest", "the line speaks of a test: assert, expect, mock"},
	lineExample:        {"lineExample", "the line speaks of an example"},
	lineUser:           {"lineUser", "a user, host or database stands near by"},
	lineEnvironment:    {"lineEnvironment", "the line reads the environment"},
	urlUserIsValue:     {"urlUserIsValue", "user and password are the same"},
	urlLocal:           {"urlLocal", "the host is this machine"},
}

// EvidenceNames are the names of the evidence in its order. The first word of a name,
// up to its first capital, is its group: name, value, looks, syntax, line or url.
func EvidenceNames() []string {
	names := make([]string, evidenceCount)
	for i := range evidenceOf {
		names[i] = evidenceOf[i].name
	}
	return names
}

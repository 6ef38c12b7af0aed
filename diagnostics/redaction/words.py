"""The words that stand before what is never collected, in English, German, French, Spanish, Dutch,
Japanese and Chinese, as Outlook, Teams, Graph and the room app write them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from diagnostics.redaction.findings import Kind


class Context(StrEnum):
    """What a line, or the parents of a value, are about."""

    MEETING = "meeting"
    CHAT = "chat"
    CARD = "card"
    TRANSCRIPT = "transcript"
    HTTP = "http"
    CERTIFICATE = "certificate"
    PACKAGE = "package"


@dataclass(frozen=True, slots=True)
class Role:
    """What a word announces; with `needs`, only where the context is one of these."""

    kind: Kind | None = None
    needs: frozenset[Context] = frozenset()
    gives: Context | None = None
    alone: bool = True  # False: a part of the sentence, never a key by itself


def _of(kind: Kind, *needs: Context) -> Role:
    return Role(kind, frozenset(needs))


M, C, D, T = Context.MEETING, Context.CHAT, Context.CARD, Context.TRANSCRIPT

# Announces its kind wherever it is a key.
SURE: dict[Kind, str] = {
    Kind.SUBJECT: (
        "subject|meeting title|meeting name|meeting topic|event title|conversation topic"
        "|thread topic|normalized subject|appointment title|call title"
        "|betreff|besprechungstitel|besprechungsthema|termintitel|titel der besprechung"
        "|objet|objet de la reunion|titre de la reunion|sujet|sujet de la reunion"
        "|asunto|asunto de la reunion|titulo de la reunion"
        "|onderwerp|vergaderingsonderwerp|titel van de vergadering|vergadertitel"
        "|件名|会議の件名|会議名|会議のタイトル|議題"
        "|主题|主題|会议主题|会议标题|会议名称|會議主題|會議標題"
    ),
    Kind.BODY: (
        "body|body preview|meeting body|message body|meeting description|meeting notes|agenda text"
        "|event description|besprechungstext|nachrichtentext|besprechungsnotizen|textkorper"
        "|corps du message|corps de la reunion|description de la reunion"
        "|cuerpo|cuerpo del mensaje|cuerpo de la reunion|descripcion de la reunion"
        "|berichttekst|hoofdtekst|beschrijving van de vergadering"
        "|本文|会議の本文|会議の説明|正文|会议正文|会议说明|会议描述|郵件內文|会议内容"
    ),
    Kind.CARD: (
        "job title|office location|business phones|business phone|mobile phone|home phone"
        "|office phone|contact card|street address|assistant name"
        "|berufsbezeichnung|stellenbezeichnung|position im unternehmen|burostandort|mobiltelefon"
        "|geschaftlich telefon|visitenkarte"
        "|intitule du poste|poste occupe|emplacement du bureau|telephone mobile"
        "|telephone professionnel|carte de visite"
        "|puesto de trabajo|ubicacion de la oficina|telefono movil|telefono del trabajo"
        "|tarjeta de contacto"
        "|functietitel|kantoorlocatie|mobiele telefoon|telefoon werk|visitekaartje"
        "|役職|勤務先電話|携帯電話|連絡先カード|オフィスの場所"
        "|职务|职称|办公地点|移动电话|办公电话|联系人卡片|手机号码"
    ),
    Kind.CHAT: (
        "chat message|chat text|chat content|chat body|instant message|im message|im content"
        "|im text|im body|message preview|chat line|last message preview"
        "|chatnachricht|chattext|sofortnachricht|chatinhalt"
        "|message de conversation|message instantane|message de chat|texte du chat"
        "|mensaje de chat|mensaje instantaneo|texto del chat"
        "|chatbericht|expresbericht|chattekst"
        "|チャットメッセージ|チャット本文|チャットの内容|インスタントメッセージ"
        "|聊天消息|聊天内容|即时消息|聊天記錄|聊天记录"
    ),
    Kind.TRANSCRIPT: (
        "transcript|transcript text|transcription|caption text|live caption|closed caption"
        "|live captions|closed captions|utterance|spoken text|recognized text|recognised text"
        "|transkript|mitschrift|untertitel|gesprochener text"
        "|sous titre|sous titres|texte reconnu"
        "|transcripcion|subtitulo|subtitulos|texto reconocido"
        "|transcriptie|ondertitel|ondertiteling|herkende tekst"
        "|文字起こし|字幕|ライブキャプション|トランスクリプト|転写|转录|转写|逐字稿|实时字幕|识别文本"
    ),
    Kind.MEDIA: "audio data|video data|image data|photo data|thumbnail data|content bytes|"
    "recording data|screenshot data",
}

# Announces its kind only where the context says so.
MAYBE: list[tuple[str, Role]] = [
    (
        "title|topic|titel|thema|titre|titulo|タイトル|标题|標題|name of meeting",
        _of(Kind.SUBJECT, M),
    ),
    ("summary|zusammenfassung", _of(Kind.SUBJECT, M)),
    (
        "meeting|appointment|besprechung|termin|reunion|vergadering|afspraak|会議|会议|會議",
        _of(Kind.SUBJECT, M),
    ),
    (
        "content|notes|description|beschreibung|descripcion|notizen|説明|说明|备注",
        _of(Kind.BODY, M),
    ),
    (
        "title|titel|titre|cargo|puesto|functie|poste|fonction|肩書き|头衔|タイトル",
        _of(Kind.CARD, D),
    ),
    ("office|buro|bureau|oficina|kantoor|オフィス|办公室", _of(Kind.CARD, D)),
    (
        "phone|telephone|telefon|telefono|telefoon|mobile|movil|mobiel|mobil|fax|tel|電話|电话|手机",
        _of(Kind.CARD, D),
    ),
    ("department|abteilung|departement|service|departamento|afdeling|部署|部门", _of(Kind.CARD, D)),
    (
        "company|companyname|firma|entreprise|societe|empresa|bedrijf|会社|会社名|公司",
        _of(Kind.CARD, D),
    ),
    (
        "home address|postal address|postanschrift|住所|地址|manager|vorgesetzter|chef|上司|经理",
        _of(Kind.CARD, D),
    ),
    (
        "message|text|content|body|nachricht|texte|mensaje|texto|bericht|tekst|メッセージ|消息|内容",
        _of(Kind.CHAT, C),
    ),
    ("chat|im|unterhaltung|clavardage|チャット|聊天", _of(Kind.CHAT)),
    ("caption|captions|speech|text|content|words|display text", _of(Kind.TRANSCRIPT, T)),
]

# Of these only a name in quotation marks is a subject: `Meeting "Budget" ended`.
QUOTED_ONLY = frozenset(
    "meeting|appointment|besprechung|termin|reunion|vergadering|afspraak|会議|会议|會議".split("|")
)

# Says what a line is about.
ABOUT: dict[Context, str] = {
    Context.MEETING: (
        "meeting|calendar|appointment|vevent|besprechung|kalender|termin|reunion|calendrier"
        "|rendez vous|calendario|convocatoria|vergadering|afspraak|会議|予定表|会议|日历|會議|約會"
    ),
    Context.CHAT: (
        "chat|instant message|im display name|compose time|message type|thread id|conversation id"
        "|unterhaltung|clavardage|チャット|聊天|即时消息|imreceived|imsent"
    ),
    Context.CARD: (
        "attendee|attendees|contact|contacts|participant|participants|invitee|organizer|organiser"
        "|vcard|teilnehmer|kontakt|organisator|participante|participantes|contacto|asistente"
        "|organizador|invite|deelnemer|deelnemers|contactpersoon|genodigde|organisateur|veranstalter"
        "|参加者|出席者|連絡先|主催者|与会者|参会者|联系人|组织者|job title|office location"
        "|given name|surname"
    ),
    Context.TRANSCRIPT: (
        "transcript|transcription|captions|subtitles|speaker name|sous titres|subtitulos|untertitel"
        "|ondertiteling|live caption|closed caption|utterance|transkript|transcripcion"
        "|transcriptie|文字起こし|字幕|转录|转写"
    ),
    Context.HTTP: "http|https|response|request|endpoint|webhook|statuscode",
    Context.CERTIFICATE: "certificate|cert|issuer|thumbprint|x509|zertifikat|certificat|certificado"
    "|certificaat|証明書|证书",
    Context.PACKAGE: "package|kb|update|version|driver|appx|service|process",
}

# Before the word, as part of its name: harmless for all.
NOT_AFTER = frozenset(
    "cert certificate x509 tls ssl issuer rbac role jwt ca leaf root server peer client signer"
    " token window email_template".split()
)
# What may be written on to the front of a key without a break: meetingsubject, strsubject.
FRONTS = frozenset(
    word
    for word in (
        "m str sz p the get set current next last meeting event appointment calendar item mail"
        " email message msg conf conference invite conversation call room s new old raw original"
        " parsed json xml my online teams skype att x re orig dec enc chat"
        " user attendee contact html text"
        " target subject"
    ).split()
)
# What may follow a key as part of its name: subjectLine, bodyHtml.
BACKS = frozenset(
    "s line text txt value val preview content contents html plain raw string str field data"
    " display lines texts messages message e es n en body".split()
)

# Where a name of a person stands.
PEOPLE = (
    "organizer|organiser|organizer name|attendee|attendees|participant|participants|invitee"
    "|invitees|presenter|speaker|caller|callee|caller name|sender"
    "|sender name|display name|im display name"
    "|user name|user|account name|given name|surname|full name|first name|last name|joined by"
    "|signed in user|logged on user|logged in user|contact name|required attendees"
    "|optional attendees|author|from|name|organized by|invited by|signed in as|logged in as"
    "|author name|veranstalter|organisator|besprechungsorganisator"
    "|teilnehmer|benutzer|benutzername|absender"
    "|anzeigename|angemeldet als|angemeldeter benutzer|eingeladen von|vorname|nachname|von"
    "|organisateur|participant|utilisateur|expediteur|nom complet|connecte en tant que|invite par"
    "|nom d affichage|nom d utilisateur|prenom"
    "|organizador|asistente|asistentes|participante|participantes|usuario|remitente"
    "|nombre completo|sesion iniciada como|nombre de usuario|invitado por|nombre para mostrar"
    "|deelnemer|deelnemers|gebruiker|gebruikersnaam|afzender|weergavenaam|aangemeld als"
    "|uitgenodigd door|voornaam|achternaam"
    "|主催者|開催者|参加者|出席者|ユーザー|ユーザー名|差出人|表示名|氏名|サインインユーザー"
    "|组织者|組織者|与会者|参会者|参加人|用户|用户名|发件人|显示名称|姓名|登录用户|邀请人"
)
# These name a person only where the line is about people: a device has a display name, too.
PEOPLE_MAYBE = frozenset(
    "display name|from|von|name|anzeigename|nom d affichage|nombre para mostrar|weergavenaam|表示名"
    "|显示名称|user|speaker|caller|author|invite".split("|")
)

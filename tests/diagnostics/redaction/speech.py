"""What people of the seven languages put into meetings: the words that the corpus plants."""

from __future__ import annotations

from dataclasses import dataclass

from diagnostics.redaction import Kind


@dataclass(frozen=True)
class Speech:
    """Texts of one language; each list is drawn from with the corpus's own dice."""

    code: str
    name: str
    subjects: tuple[str, ...]
    bodies: tuple[str, ...]
    chats: tuple[str, ...]
    spoken: tuple[str, ...]
    titles: tuple[str, ...]
    people: tuple[str, ...]
    phones: tuple[str, ...]


ENGLISH = Speech(
    "en",
    "English",
    (
        "Quarterly layoffs: plan B",
        "Project Bluebird kick-off",
        "1:1 Harriet, salary review",
        "Merger talks (Fabrikam)",
        "Re: lawsuit, next steps",
        "Candidate interview; engineering",
    ),
    (
        "Please bring the revised offer.\nWe must not tell the works council before Friday.",
        "Agenda:\n1. acquisition price\n2. retention bonuses",
        "Dial in early, the board listens.",
    ),
    ("did you see the offer they made", "I will resign on Monday", "lunch? the pitch went badly"),
    ("so the margin collapsed in March", "let us close the Dublin plant quietly"),
    ("Director of Treasury", "Senior Counsel", "Head of Mergers"),
    ("Harriet Winslow", "Marcus O'Reilly", "Priya Raghavan"),
    ("+1 425 555 0143", "+44 20 7946 0958"),
)
GERMAN = Speech(
    "de",
    "German",
    (
        "Personalabbau Werk Süd",
        "Jour fixe: Gehaltsrunde",
        "Übernahme Angebot, vertraulich",
        "Kündigung Müller besprechen",
    ),
    (
        "Bitte die Zahlen mitbringen.\nDer Betriebsrat weiß noch nichts.",
        "Tagesordnung:\n1. Abfindungen\n2. Nachfolge im Vorstand",
    ),
    ("hast du die Abmahnung gelesen", "ich kündige nächste Woche"),
    ("wir schließen den Standort Kassel", "die Marge ist eingebrochen"),
    ("Leiterin Rechtsabteilung", "Prokurist Vertrieb"),
    ("Jürgen Weißmüller", "Annegret Schäfer"),
    ("+49 89 12345678", "+49 30 901820"),
)
FRENCH = Speech(
    "fr",
    "French",
    ("Plan de licenciement à Lyon", "Entretien annuel : augmentation", "Rachat de la filiale"),
    (
        "Merci d'apporter le protocole.\nNe pas prévenir les syndicats.",
        "Ordre du jour :\n1. indemnités\n2. fermeture de l'usine",
    ),
    ("tu as vu la lettre de démission", "on perd le marché public"),
    ("nous allons fermer l'atelier de Brest", "les marges se sont effondrées"),
    ("Directrice juridique", "Responsable des achats"),
    ("Aurélie Lefèvre", "Benoît Carpentier"),
    ("+33 1 42 68 53 00", "+33 6 12 34 56 78"),
)
SPANISH = Speech(
    "es",
    "Spanish",
    ("Despidos en la planta norte", "Revisión salarial de Íñigo", "Oferta de compra confidencial"),
    (
        "Traed el borrador firmado.\nEl comité todavía no lo sabe.",
        "Orden del día:\n1. indemnizaciones\n2. cierre de Zaragoza",
    ),
    ("has leído la carta de despido", "mañana presento mi renuncia"),
    ("cerramos la fábrica en octubre", "los márgenes se han hundido"),
    ("Jefa de asesoría jurídica", "Responsable de compras"),
    ("Íñigo Echeverría", "María Peñalosa"),
    ("+34 91 123 45 67", "+34 612 345 678"),
)
DUTCH = Speech(
    "nl",
    "Dutch",
    ("Ontslagronde vestiging Breda", "Beoordeling en salaris", "Overname vertrouwelijk besproken"),
    (
        "Neem het concept mee.\nDe ondernemingsraad weet nog niets.",
        "Agendapunten:\n1. vertrekpremies\n2. sluiting Eindhoven",
    ),
    ("heb je die ontslagbrief gezien", "ik stap volgende maand op"),
    ("we sluiten de vestiging in Zwolle", "de marges zijn ingestort"),
    ("Hoofd juridische zaken", "Inkoopmanager"),
    ("Joost van Rijnsburg", "Marijke Dijkstra"),
    ("+31 20 123 4567", "+31 6 12345678"),
)
JAPANESE = Speech(
    "ja",
    "Japanese",
    ("人員削減の計画", "給与査定と昇進", "買収提案の極秘協議"),
    ("改訂案を持参してください。\n組合にはまだ伝えないこと。", "退職金の件\n工場閉鎖の時期"),
    ("辞表を提出しました", "提案は失敗でした"),
    ("名古屋工場を閉鎖します", "利益率が急落しました"),
    ("法務部長", "購買課主任"),
    ("山田太郎", "佐藤美咲"),
    ("+81 3-1234-5678", "+81 90-1234-5678"),
)
CHINESE = Speech(
    "zh",
    "Chinese",
    ("裁员方案讨论", "薪酬调整与晋升", "收购报价保密协商"),
    ("请带上修订稿。\n暂时不要告诉工会。", "补偿金额\n关闭苏州工厂的时间"),
    ("我下周要辞职了", "竞标失败了"),
    ("我们将关闭东莞厂区", "利润率大幅下滑"),
    ("法务总监", "采购主管"),
    ("王小明", "李晓红"),
    ("+86 10 6552 9988", "+86 138 0013 8000"),
)
LANGUAGES = (ENGLISH, GERMAN, FRENCH, SPANISH, DUTCH, JAPANESE, CHINESE)


def words_for(kind: Kind, speech: Speech) -> tuple[str, ...]:
    """What is planted for a kind in a language."""
    return {
        Kind.SUBJECT: speech.subjects,
        Kind.BODY: speech.bodies,
        Kind.CHAT: speech.chats,
        Kind.TRANSCRIPT: speech.spoken,
        Kind.CARD: speech.titles,
        Kind.PERSON: speech.people,
        Kind.PHONE: speech.phones,
    }[kind]

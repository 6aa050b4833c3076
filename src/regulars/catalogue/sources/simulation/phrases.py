"""What customers write, sentence by sentence: the same themes in every language.

A paragraph is a theme with `+` (praise) or `-` (complaint), or `so-so`; ` | ` or a new line parts sentences.
"""

from collections.abc import Mapping
from types import MappingProxyType

THEMES = ("delivery", "quality", "price", "support", "website", "returns", "availability")
#: Sentences per paragraph.
VARIANTS = 4

_EN = """
delivery +
The parcel arrived right on time. | Very fast delivery, thank you.
It was here sooner than promised. | The courier was punctual and friendly.

delivery -
My order came far too late. | The delivery was delayed by days.
I waited much longer for the parcel than promised. | The parcel did not arrive on the promised day.

quality +
The quality is excellent. | The product feels solid and well made.
Exactly as described, I am very pleased with it. | It works perfectly.

quality -
The quality disappoints. | It broke after the first use.
The material feels cheap. | The product does not look like the pictures.

price +
Great value for money. | The price was better than anywhere else.
Fair prices, and the discount helped. | You get a lot for what you pay.

price -
Too expensive for what you get. | I found it cheaper elsewhere afterwards.
The shipping costs are too high. | Prices keep going up.

support +
Customer service helped me at once. | A friendly answer from your staff within the hour.
The agent took time for my question. | Support solved my problem right away.

support -
Customer service never solved my problem. | I had to explain everything to your staff three times.
The agent on the phone was unfriendly. | Support left me waiting for an answer.

website +
The website is clear and easy to use. | Ordering in the app took two minutes.
I found what I wanted with the search at once. | Paying online was very simple.

website -
The website is confusing. | The app crashed during the payment.
The search finds everything but what I want. | I could not log in to my account.

returns +
Returning it was no trouble at all. | The refund was on my account quickly.
The return label was in the box, very handy. | The exchange went smoothly.

returns -
Returning it was a nightmare. | I am still waiting for my refund.
I had to pay for the return myself. | Nobody told me how to send it back.

availability +
Everything I wanted was in stock. | A wide choice in all sizes.
Even the rare colour was available. | You always have what I need.

availability -
What I wanted was sold out again. | The size I need is never in stock.
Half of my list was not available. | The choice has become smaller.

so-so
It was all right. | Nothing special, but no complaints.
As expected. | Neither good nor bad.
"""

_NL = """
delivery +
Het pakket kwam precies op tijd. | Heel snel geleverd, bedankt.
Het was er eerder dan beloofd. | De bezorger was stipt en vriendelijk.

delivery -
Mijn bestelling kwam veel te laat. | De levering had dagen vertraging.
Ik heb veel langer op het pakket gewacht dan beloofd. | Het pakket kwam niet op de beloofde dag.

quality +
De kwaliteit is uitstekend. | Het product voelt stevig en goed gemaakt.
Precies zoals beschreven, ik ben er erg blij mee. | Het werkt perfect.

quality -
De kwaliteit valt tegen. | Het was na één keer gebruiken kapot.
Het materiaal voelt goedkoop aan. | Het product lijkt niet op de foto's.

price +
Veel waar voor je geld. | De prijs was beter dan waar dan ook.
Eerlijke prijzen, en de korting hielp. | Je krijgt veel voor wat je betaalt.

price -
Te duur voor wat je krijgt. | Ik vond het later ergens anders goedkoper.
De verzendkosten zijn te hoog. | De prijzen blijven maar stijgen.

support +
De klantenservice hielp me meteen. | Binnen het uur een vriendelijk antwoord van jullie medewerkers.
De medewerker nam de tijd voor mijn vraag. | De helpdesk loste mijn probleem direct op.

support -
De klantenservice heeft mijn probleem nooit opgelost. | Ik moest alles drie keer uitleggen aan jullie medewerkers.
De medewerker aan de telefoon was onvriendelijk. | De helpdesk liet me op antwoord wachten.

website +
De website is duidelijk en makkelijk te gebruiken. | Bestellen in de app duurde twee minuten.
Met de zoekfunctie vond ik meteen wat ik wilde. | Online betalen was heel eenvoudig.

website -
De website is verwarrend. | De app liep vast tijdens het betalen.
De zoekfunctie vindt alles behalve wat ik wil. | Ik kon niet inloggen op mijn account.

returns +
Retourneren ging zonder enig probleem. | Het geld stond snel weer op mijn rekening.
Het retourlabel zat in de doos, erg handig. | Het ruilen ging soepel.

returns -
Retourneren was een drama. | Ik wacht nog steeds op mijn geld terug.
Ik moest de retourzending zelf betalen. | Niemand vertelde me hoe ik het kon terugsturen.

availability +
Alles wat ik wilde was op voorraad. | Een ruime keuze in alle maten.
Zelfs de zeldzame kleur was leverbaar. | Jullie hebben altijd wat ik nodig heb.

availability -
Wat ik wilde was weer uitverkocht. | Mijn maat is nooit op voorraad.
De helft van mijn lijst was niet verkrijgbaar. | Het aanbod is kleiner geworden.

so-so
Het ging wel. | Niets bijzonders, maar geen klachten.
Zoals verwacht. | Niet goed en niet slecht.
"""

_DE = """
delivery +
Das Paket kam genau pünktlich. | Sehr schnelle Lieferung, danke.
Es war früher da als versprochen. | Der Bote war pünktlich und freundlich.

delivery -
Die Lieferung kam viel zu spät. | Die Lieferung hatte Tage Verspätung.
Ich habe viel länger auf das Paket gewartet als versprochen. | Das Paket kam nicht am versprochenen Tag.

quality +
Die Qualität ist hervorragend. | Das Produkt wirkt stabil und gut verarbeitet.
Genau wie beschrieben, ich bin sehr zufrieden damit. | Es funktioniert einwandfrei.

quality -
Die Qualität enttäuscht. | Es ging beim ersten Gebrauch kaputt.
Das Material fühlt sich billig an. | Das Produkt sieht nicht aus wie auf den Bildern.

price +
Ein tolles Verhältnis von Preis und Leistung. | Der Preis war besser als überall sonst.
Faire Preise, und der Rabatt hat geholfen. | Man bekommt viel für sein Geld.

price -
Zu teuer für das, was man bekommt. | Ich habe es danach anderswo billiger gefunden.
Die Versandkosten sind zu hoch. | Die Preise steigen immer weiter.

support +
Der Kundendienst hat mir sofort geholfen. | Eine freundliche Antwort Ihrer Mitarbeiter in einer Stunde.
Der Berater nahm sich Zeit für meine Frage. | Der Support hat mein Problem gleich gelöst.

support -
Der Kundendienst hat mein Problem nie gelöst. | Ich musste Ihren Mitarbeitern alles dreimal erklären.
Der Berater am Telefon war unfreundlich. | Der Support ließ mich auf eine Antwort warten.

website +
Die Website ist klar und einfach zu bedienen. | Die Bestellung in der App dauerte zwei Minuten.
Mit der Suche fand ich sofort, was ich wollte. | Das Bezahlen im Netz war ganz einfach.

website -
Die Website ist verwirrend. | Die App ist beim Bezahlen abgestürzt.
Die Suche findet alles, nur nicht, was ich will. | Ich konnte mich nicht in mein Konto einloggen.

returns +
Die Rücksendung war völlig problemlos. | Das Geld war schnell wieder auf meinem Konto.
Das Etikett für die Retoure lag im Karton, sehr praktisch. | Der Umtausch verlief reibungslos.

returns -
Die Rücksendung war ein Albtraum. | Ich warte immer noch auf meine Erstattung.
Ich musste die Retoure selbst bezahlen. | Niemand hat mir gesagt, wie ich es zurückschicke.

availability +
Alles, was ich wollte, war vorrätig. | Eine große Auswahl in allen Größen.
Sogar die seltene Farbe war lieferbar. | Sie haben immer, was ich brauche.

availability -
Was ich wollte, war wieder ausverkauft. | Meine Größe ist nie vorrätig.
Die Hälfte meiner Liste war nicht verfügbar. | Die Auswahl ist kleiner geworden.

so-so
Es war in Ordnung. | Nichts Besonderes, aber keine Beschwerden.
Wie erwartet. | Weder gut noch schlecht.
"""

_FR = """
delivery +
Le colis est arrivé juste à temps. | Livraison très rapide, merci.
Il était là plus tôt que promis. | Le livreur était ponctuel et aimable.

delivery -
Ma commande est arrivée beaucoup trop tard. | La livraison a eu des jours de retard.
J'ai attendu le colis bien plus longtemps que promis. | Le colis n'est pas arrivé le jour promis.

quality +
La qualité est excellente. | Le produit semble solide et bien fait.
Exactement comme décrit, j'en suis très content. | Il fonctionne parfaitement.

quality -
La qualité déçoit. | Il s'est cassé à la première utilisation.
La matière fait bon marché. | Le produit ne ressemble pas aux photos.

price +
Excellent rapport qualité-prix. | Le prix était meilleur que partout ailleurs.
Des prix justes, et la remise a aidé. | On en a beaucoup pour son argent.

price -
Trop cher pour ce que c'est. | Je l'ai trouvé moins cher ailleurs après.
Les frais de port sont trop élevés. | Les prix ne cessent d'augmenter.

support +
Le service client m'a aidé tout de suite. | Une réponse aimable de votre équipe en moins d'une heure.
Le conseiller a pris du temps pour ma question. | Le support a résolu mon problème aussitôt.

support -
Le service client n'a jamais résolu mon problème. | J'ai dû tout expliquer trois fois à votre équipe.
Le conseiller au téléphone était désagréable. | Le support m'a laissé attendre une réponse.

website +
Le site est clair et facile à utiliser. | Commander dans l'application a pris deux minutes.
La recherche a trouvé tout de suite ce que je voulais. | Le paiement en ligne était très simple.

website -
Le site est confus. | L'application a planté pendant le paiement.
La recherche trouve tout sauf ce que je veux. | Je n'ai pas pu me connecter à mon compte.

returns +
Le retour n'a posé aucun problème. | Le remboursement est vite arrivé sur mon compte.
L'étiquette de retour était dans le carton, très pratique. | L'échange s'est passé sans souci.

returns -
Le retour a été un cauchemar. | J'attends toujours mon remboursement.
J'ai dû payer le retour moi-même. | Personne ne m'a dit comment le renvoyer.

availability +
Tout ce que je voulais était en stock. | Un grand choix dans toutes les tailles.
Même la couleur rare était disponible. | Vous avez toujours ce qu'il me faut.

availability -
Ce que je voulais était encore épuisé. | Ma taille n'est jamais en stock.
La moitié de ma liste n'était pas disponible. | Le choix est devenu plus petit.

so-so
C'était correct. | Rien de spécial, mais pas de plaintes.
Comme prévu. | Ni bien ni mal.
"""


def _sentences(text: str) -> tuple[str, ...]:
    """Return the sentences of a language: praise theme by theme, then complaints, then what is so-so."""
    told = dict(paragraph.split("\n", 1) for paragraph in text.strip().split("\n\n"))
    order = [f"{theme} {sign}" for sign in "+-" for theme in THEMES] + ["so-so"]
    return tuple(sentence for name in order for sentence in told[name].replace("\n", " | ").split(" | "))


#: By language, the same sentence at the same place: (kind x themes + theme) x VARIANTS + variant.
SENTENCES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"en": _sentences(_EN), "nl": _sentences(_NL), "de": _sentences(_DE), "fr": _sentences(_FR)}
)
#: What stands before an e-mail address, a telephone number, an order's number; by language.
REACH: Mapping[str, tuple[str, str, str]] = MappingProxyType(
    {
        "en": ("Please write to", "Please call me on", "It is about order"),
        "nl": ("Mail me op", "Bel me op", "Het gaat om bestelling"),
        "de": ("Bitte schreiben Sie an", "Rufen Sie mich an unter", "Es geht um Bestellung"),
        "fr": ("Écrivez-moi à", "Appelez-moi au", "Il s'agit de la commande"),
    }
)
#: What telephone numbers begin with; numbers like these are given to nobody.
CALLING = MappingProxyType({"en": "+44 20 7946 0", "nl": "+31 6 0000 0", "de": "+49 30 23125 ", "fr": "+33 1 99 00 0"})

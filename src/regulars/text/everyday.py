"""Themes that customers everywhere write about, with the words for them in six languages and who usually owns them.

A start, to be edited: `as_toml` writes it out, and `everyday = false` in `themes.toml` switches it off. A word ending
in * stands for all words that begin with it. Words were chosen by reading what they matched in women's clothing reviews
(English), marketplace reviews (Portuguese) and messages to a bank (English), and those that were mostly wrong are out.
"""

from typing import Final

from regulars.core.toml_text import Noted, dumps

#: id -> (name, owner)
_THEMES: Final = {
    "delivery": ("Delivery", "logistics"),
    "wrong_or_damaged": ("Wrong, missing or damaged goods", "logistics"),
    "availability": ("Availability", "logistics"),
    "quality": ("Product quality", "product"),
    "as_described": ("As described and pictured", "marketing"),
    "price": ("Price", "sales"),
    "ordering": ("Ordering and cancelling an order", "sales"),
    "cancellation": ("Ending a contract", "sales"),
    "returns": ("Refunds and returns", "service"),
    "support": ("Staff and support", "service"),
    "waiting": ("Waiting for an answer", "service"),
    "billing": ("Billing and payment", "finance"),
    "website": ("Website and app", "product"),
    "account": ("Sign-in and account", "product"),
}

_WORDS: Final = {
    "delivery": {
        "en": "deliver* | courier | shipping | shipped | shipment | postage | arrived late | late arrival"
        " | took weeks | not arrived | never arrived | hasn't arrived | tracking number | track my order"
        " | arrived on time",
        "nl": "bezorg* | lever* | levering | geleverd | verzend* | verzonden | koerier | postnl | pakketdienst"
        " | te laat aangekomen | nooit aangekomen | track en trace",
        "de": "liefer* | geliefert | versand* | versendet | zustell* | zugestellt | kurier | paketdienst | dhl"
        " | hermes | nie angekommen | nicht angekommen | sendungsverfolgung",
        "fr": "livraison* | livré* | livrer | livreur | expédi* | colissimo | transporteur | jamais arrivé"
        " | pas arrivé",
        "es": "entrega* | envío | envíos | enviado | enviaron | reparto | repartidor | mensajería"
        " | transportista | no llegó | no ha llegado | llegó tarde | nunca llegó",
        "pt": "entreg* | envio | enviado | frete | correios | transportadora | rastre* | não chegou"
        " | nao chegou | ainda não chegou | não recebi | nao recebi | prazo | chegou antes"
        " | chegou rápido | chegou rapido | chegou bem",
    },
    "wrong_or_damaged": {
        "en": "damaged | broken | smashed | cracked | wrong item | wrong size sent | wrong product"
        " | wrong color sent | wrong colour sent | sent me the wrong | missing item* | missing part*"
        " | item missing | incomplete | defective | faulty | arrived with a hole",
        "nl": "beschadigd* | kapot* | gebroken | verkeerd artikel | verkeerd product | verkeerde maat"
        " | ontbreekt | ontbraken | incompleet | defect*",
        "de": "beschädigt* | kaputt* | zerbrochen | defekt* | falsche ware | falscher artikel"
        " | falsches produkt | falsche größe | fehlte | fehlten | unvollständig",
        "fr": "abîmé* | cassé* | endommagé* | défectueu* | mauvais article | mauvais produit | mauvaise taille"
        " | il manque | incomplet* | erreur de commande",
        "es": "dañad* | rot* | estropead* | defectuos* | artículo equivocado | producto equivocado"
        " | talla equivocada | faltaba* | incomplet* | equivocad*",
        "pt": "danificad* | quebrad* | defeit* | errad* | faltando | faltou | avariad* | amassad* | rasgad*"
        " | veio apenas | veio só | veio somente | recebi apenas | recebi só | recebi somente"
        " | incomplet* | trocad*",
    },
    "availability": {
        "en": "out of stock | sold out | in stock | back in stock | unavailable | restock* | not available",
        "nl": "uitverkocht | niet op voorraad | voorraad | niet leverbaar | niet beschikbaar",
        "de": "ausverkauft | nicht auf lager | vorrätig | nicht verfügbar | nicht lieferbar | vergriffen",
        "fr": "rupture de stock | en stock | indisponible* | plus disponible | épuisé*",
        "es": "agotad* | sin stock | sin existencias | no disponible | en stock",
        "pt": "estoque | esgotad* | indisponív* | indisponivel | não tinha o produto | não tem o produto",
    },
    "quality": {
        "en": "quality | well made | poorly made | cheaply made | fell apart | falling apart | durable"
        " | workmanship | shrunk | shrank | stopped working",
        "nl": "kwaliteit* | degelijk* | duurzaam | viel uit elkaar | slecht gemaakt | goed gemaakt",
        "de": "qualität* | verarbeitung | gut verarbeitet | schlecht verarbeitet | haltbar* | langlebig",
        "fr": "qualité* | solide | solidité | finition* | fragile | mal fini",
        "es": "calidad* | resistente | acabado* | durader* | mal hecho",
        "pt": "qualidade | resistente | acabamento | durável | durabilidade | frágil | parou de funcionar"
        " | não funciona | nao funciona",
    },
    "as_described": {
        "en": "as described | as pictured | not as described | nothing like the picture | than pictured"
        " | in the picture | in the photo | in the photos | than the photo | in the pictures | misleading"
        " | description | on the model",
        "nl": "zoals beschreven | omschrijving | beschrijving | zoals op de foto | anders dan op de foto"
        " | misleidend",
        "de": "wie beschrieben | beschreibung | wie abgebildet | auf dem bild | auf dem foto | irreführend",
        "fr": "conforme* | description | comme sur la photo | sur la photo | trompeu*",
        "es": "como se describe | descripción | como en la foto | en la foto | engaños*",
        "pt": "anuncia* | anúncio | descrição | conforme | igual a foto | igual ao site | igual à foto"
        " | na foto | propaganda | descrito",
    },
    "price": {
        "en": "price* | pricey | expensive | overpriced | cheap | discount* | too much money | value for money"
        " | worth the money | on sale | coupon*",
        "nl": "prijs* | duur | duurder | te duur | goedkoop* | korting* | prijs kwaliteit | waar voor je geld"
        " | aanbieding*",
        "de": "preis* | teuer | teurer | günstig* | billig* | rabatt* | preiswert* | überteuert | gutschein*",
        "fr": "prix | cher | chère | chers | trop cher | tarif* | réduction* | promo* | bon marché | coûteu*",
        "es": "precio* | caro | cara | caros | barato | barata | baratos | baratas | descuento* | oferta*"
        " | coste | costos*",
        "pt": "preço* | preco | caro | cara demais | barato | barata | baratos | baratas | baratinho"
        " | desconto* | promoç* | custo benefício | custo beneficio | custo-benefício",
    },
    "ordering": {
        "en": "cancel my order | cancelled my order | canceled my order | order was cancelled"
        " | order was canceled | place an order | placed an order | checkout",
        "nl": "bestelling geannuleerd | bestelling annuleren | bestelproces | afrekenen",
        "de": "bestellung storniert | storniert* | stornier* | bestellvorgang | bestellprozess",
        "fr": "commande annulée | annuler ma commande | annulation de la commande | passer commande",
        "es": "pedido cancelado | cancelaron mi pedido | cancelar el pedido | cancelaron el pedido | hacer el pedido",
        "pt": "cancel* | fiz o pedido | fiz a compra | nota fiscal",
    },
    "cancellation": {
        "en": "cancel my subscription | cancel my contract | cancel my membership | cancel subscription"
        " | unsubscribe* | terminate my contract | close my account | delete my account"
        " | switch provider",
        "nl": "abonnement opzeggen | opzeggen | opgezegd | opzegging | contract beëindigen | uitschrijven",
        "de": "kündig* | gekündigt | abo beenden | vertrag beenden | abbestell*",
        "fr": "résili* | désabonn* | mettre fin au contrat | annuler mon abonnement",
        "es": "darme de baja | dar de baja | cancelar mi suscripción | cancelar la suscripción"
        " | cancelar el contrato | rescindir",
        "pt": "cancelar a assinatura | cancelar minha assinatura | cancelar o contrato | cancelar meu plano"
        " | encerrar a conta",
    },
    "returns": {
        "en": "refund* | money back | return it | returned it | returning it | return this | returned this"
        " | returning this | return them | returned them | send it back | sent it back | sending it back"
        " | going back | went back | exchange it | exchanged it | return policy | free returns",
        "nl": "retour* | terugbetal* | terugbetaald | geld terug | teruggestuurd | terugsturen | omruil*"
        " | omgeruild | ruilen",
        "de": "retour* | rücksend* | zurückgeschickt | zurückschicken | zurückgesendet | erstatt*"
        " | rückerstatt* | geld zurück | umtausch*",
        "fr": "rembours* | retourn* | retour gratuit | renvoy* | échang*",
        "es": "reembols* | devolu* | devolver | devuelt* | devolv* | cambiar el producto | mi dinero",
        "pt": "devol* | reembols* | estorn* | dinheiro de volta | meu dinheiro | ressarc* | troca | trocar",
    },
    "support": {
        "en": "customer service | customer support | support team | helpdesk | help desk | staff | employee*"
        " | sales associate* | sales clerk | agent | agents | rude | call center",
        "nl": "klantenservice | klantendienst | helpdesk | medewerk* | personeel | vriendelijk* | behulpzaam"
        " | onvriendelijk* | onbeschoft | geholpen",
        "de": "kundenservice | kundendienst | kundenbetreuung | mitarbeiter* | personal | hotline | freundlich*"
        " | unfreundlich* | hilfsbereit* | beratung",
        "fr": "service client* | service clientèle | sav | personnel | conseill* | employé* | vendeu* | accueil"
        " | aimable* | désagréable",
        "es": "atención al cliente | servicio al cliente | servicio de atención | personal | empleado*"
        " | dependient* | amable* | trato | maleducad*",
        "pt": "atendimento | atendente* | sac | suporte | vendedor* | funcionári* | educad* | mal educado"
        " | assistência",
    },
    "waiting": {
        "en": "on hold | no reply | no response | no answer | never replied | never answered | didn't reply"
        " | did not reply | waiting for a reply | waiting for an answer | waited an hour"
        " | hours on the phone | long wait | queue | nobody answers | haven't heard",
        "nl": "geen antwoord | geen reactie | wachttijd* | in de wacht | wachtrij | lang wachten"
        " | reageert niet | reageren niet | niet bereikbaar",
        "de": "keine antwort | keine reaktion | warteschleife | wartezeit* | nicht erreichbar"
        " | meldet sich nicht | niemand meldet | lange warten",
        "fr": "pas de réponse | aucune réponse | sans réponse | temps d'attente | attente | injoignable*"
        " | ne répond pas | ne répondent pas | en ligne pendant",
        "es": "sin respuesta | no responden | no contestan | no responde | no contesta | tiempo de espera"
        " | en espera | cola | nadie responde | larga espera",
        "pt": "sem resposta | não responde* | nao responde* | nenhum retorno | não obtive resposta"
        " | não tive resposta | não tive retorno | sem retorno | nenhuma resposta | aguardo resposta"
        " | aguardando resposta | aguardo retorno | aguardo um retorno | aguardando retorno | fila"
        " | não atendem",
    },
    "billing": {
        "en": "charged twice | double charged | overcharged | was charged | been charged | charged me"
        " | extra charge | extra fee | invoice* | billing | my bill | direct debit | payment*"
        " | paid twice | credit card | debit card | fee | fees",
        "nl": "factuur* | facturen | rekening* | afgeschreven | incasso | betaling* | betaald | dubbel betaald"
        " | aanmaning* | ideal | creditcard",
        "de": "rechnung* | abgebucht | abbuchung* | zahlung* | bezahlung | bezahlt | mahnung* | lastschrift"
        " | kreditkarte | paypal",
        "fr": "facture* | facturation | facturé* | prélev* | paiement* | débité* | carte bancaire"
        " | payé deux fois | paypal",
        "es": "factura* | cobr* | pago | pagos | cargo | cargos | tarjeta de crédito | domiciliación",
        "pt": "fatura* | cobr* | pagamento* | boleto* | cartão de crédito | cartao de credito | parcela* | pago"
        " | paguei",
    },
    "website": {
        "en": "your website | the website is | website was | website crash* | website won't | website doesn't"
        " | web site is | webshop | app | apps | crash* | bugs | buggy | loading | error message"
        " | user friendly | interface",
        "nl": "website* | webshop | webwinkel | app | apps | storing* | foutmelding* | gebruiksvriendelijk*"
        " | loopt vast | crasht",
        "de": "webseite* | website* | webshop | onlineshop | app | apps | internetseite | fehlermeldung*"
        " | abstürz* | stürzt | benutzerfreundlich* | unübersichtlich*",
        "fr": "site | site internet | site web | application* | appli | bug* | plante | message d'erreur | ergonom*",
        "es": "página web | pagina web | web | sitio web | aplicación | app | error en la página | se cierra"
        " | se bloquea | fallo de la app",
        "pt": "o site | site confuso | site não | aplicativo* | app | página | travando | trava o tempo"
        " | erro no site | navegação",
    },
    "account": {
        "en": "log in | login | log into | sign in | signed in | password* | passcode | access my account"
        " | verification | verify my | locked out | two factor | reset my",
        "nl": "inlog* | ingelogd | wachtwoord* | account | verificatie | aanmelden | toegangscode",
        "de": "anmeld* | einlog* | eingeloggt | passwort* | kennwort | kundenkonto | zugang | registrier*",
        "fr": "connexion | me connecter | mot de passe | accéder à mon compte | identifiant* | inscription"
        " | code d'accès",
        "es": "iniciar sesión | contraseña* | acceder a mi cuenta | inicio de sesión | registrarme",
        "pt": "senha* | login | fazer login | cadastro | acessar minha",
    },
}  # fmt: skip

#: Teams that own themes at first.
OWNERS: Final = ("finance", "logistics", "marketing", "product", "sales", "service")


def themes() -> dict[str, tuple[str, str, dict[str, tuple[str, ...]]]]:
    """Return name, owner and words by language of each everyday theme, by id, in the order in which they are shown."""
    return {
        name: (*_THEMES[name], {code: tuple(map(str.strip, said.split("|"))) for code, said in _WORDS[name].items()})
        for name in _THEMES
    }


def as_toml() -> str:
    """Return the everyday themes as the text of a `themes.toml` in which every word of them can be changed."""
    document: dict[str, object] = {
        "everyday": Noted(value=False, beside="they stand below, to be changed"),
        "theme": {
            key: {"name": name, "owner": owner, "words": {code: list(said) for code, said in words.items()}}
            for key, (name, owner, words) in themes().items()
        },
    }
    return dumps(document)

"""By what names and looks canonical columns are known in other people's files.

Phrases stand in order of strength, split by `|`; those after `;` are weak. A name that begins with `_` is no canonical
column but an ingredient: something of which one is made (commerce.py, service.py).
"""

from collections.abc import Mapping
from types import MappingProxyType

from regulars.data.guessing.hint import Fit, Hint, TableHint, boolean, identifier, instant, integer, key, label, number

_CUSTOMER = (
    "customer id|customer|customer no|customer key|customer code|client id|client|"
    "client no|user id|user|member id|member|"
    "household id|household key|household|subscriber id|shopper id|buyer id|contact id|"
    "visitor id|kunden id|kunde|kunden no|"
    "kundennummer|kundennr|id client|numero client|id cliente|cliente|cliente id|"
    "codigo cliente"
    ";account id|account|account no|company id|respondent id|person id|customer email|"
    "email|e mail|email address|buyer email"
)
_CUSTOMER_ID = identifier(_CUSTOMER)
_CURRENCY = label("currency|currency code|waehrung|wahrung|moneda|devise|moeda|iso currency")
_CHANNEL = label(
    "channel|sales channel|order channel|source|source name|platform|vertriebskanal|kanal|canal;medium|device|via"
)
_QUESTION = label("question|survey type|metric|survey")

HINTS: Mapping[str, TableHint] = MappingProxyType(
    {
        "customers": TableHint(
            names="customers customer clients client users user accounts account members contacts "
            "people kunden kundenstamm clientes households",
            must=("customer_id",),
            columns={
                "customer_id": Hint(words=_CUSTOMER + "|id|key", fit=Fit.ID, unique=0.98),
                "first_seen_at": instant(
                    "first seen at|sign up date|signup date|signed up at|sign up at|registered at|"
                    "registration date|created at|"
                    "created|creation date|joined at|join date|member since|customer since|first contact|"
                    "first order date|"
                    "registrierungsdatum|kunde seit|angelegt am|fecha alta|date inscription;date|start date"
                ),
                "account_id": identifier(
                    "account id|company id|organisation id|organization id|household id|parent id|firma id"
                ),
                "market": label(
                    "market|country|country code|land|pais|pays|customer country|shipping country|"
                    "billing country|region|"
                    "customer state;state|territory|province|city"
                ),
                "segment": label(
                    "segment|customer segment|tier|customer type|kundengruppe|customer group|klasse;type|industry"
                ),
                "acquisition_channel": label(
                    "acquisition channel|referral source|acquisition source|utm source|signup source|"
                    "lead source|first channel|"
                    "source|traffic source|how did you hear;channel|medium"
                ),
            },
        ),
        "orders": TableHint(
            names=(
                "orders order sales sale purchases purchase transactions transaction invoices "
                "invoice retail shop charges payments "
                "receipts bestellungen auftraege umsaetze rechnungen pedidos ventas commandes ventes"
            ),
            must=("ordered_at", "order_id|amount|_price"),
            columns={
                "order_id": key(
                    "order id|order no|order|invoice no|invoice id|invoice|transaction id|transaction no|"
                    "basket id|receipt id|receipt no|"
                    "charge id|payment id|purchase id|bestellnummer|bestell no|bestellung|auftragsnummer|"
                    "auftrags no|rechnungsnummer|"
                    "rechnungs no|belegnummer|id commande|numero commande|id pedido|pedido|pedido id;id|"
                    "name|no|nummer",
                    unique=0.02,
                ),
                "customer_id": _CUSTOMER_ID,
                "ordered_at": instant(
                    "ordered at|order date|order time|order timestamp|purchase timestamp|purchase date|"
                    "purchased at|invoice date|"
                    "transaction date|transaction timestamp|transaction time|sale date|bestelldatum|"
                    "bestellt am|auftragsdatum|rechnungsdatum|"
                    "fecha pedido|fecha|date commande|created at|created|date|datum|day|timestamp|"
                    "datetime|time|paid at|data"
                ),
                "amount": number(
                    "net amount|subtotal|net sales|net total|net revenue|order amount|order total|"
                    "order value|amount|revenue|total|"
                    "sales amount|sales value|sales|nettobetrag|netto|nettoumsatz|umsatz|betrag|summe|"
                    "gesamtbetrag|gesamtsumme|importe|montant|"
                    "valor|dollar value|grand total|total price|value|turnover|spend|spent|paid"
                ),
                "currency": _CURRENCY,
                "cost": number("cost|cogs|cost of goods|wareneinsatz|cost price"),
                "discount": number("discount amount|discount|rabatt|coupon discount|descuento|remise"),
                "channel": _CHANNEL,
                "promised_at": instant(
                    "promised at|estimated delivery date|promised delivery|expected delivery date|"
                    "due date|lieferdatum geplant"
                ),
                "delivered_at": instant(
                    "delivered at|delivered customer date|delivery date|delivered|delivered on|lieferdatum|received at"
                ),
                "_kind": label("kind|order type|transaction type|type|record type|belegart|art"),
                "_status": label(
                    "status|order status|state|payment status|financial status|bestellstatus|estado|statut"
                ),
                "_quantity": number(
                    "quantity|line quantity|lineitem quantity|units|pieces|menge|anzahl|cantidad|"
                    "quantite|items|item quantity"
                ),
                "_price": number(
                    "unit price|price per unit|lineitem price|item price|line price|price|einzelpreis|"
                    "preis|stueckpreis|precio unitario|precio|prix|prix unitaire"
                ),
                "_line_discount": number("lineitem discount|line discount|item discount"),
                "_product": identifier(
                    "product id|product|sku|stock code|item id|lineitem sku|product code|article no|"
                    "artikelnummer|artikel no|artikel|"
                    "lineitem name|item|product name|product no|asin|upc|ean"
                ),
                "_refunded": number("refunded amount|amount refunded|refund amount|refunds|erstattet|refunded"),
            },
        ),
        "order_lines": TableHint(
            names="order_lines lines line items item order_items positions positionen details basket retail lineitems",
            must=("order_id", "product_id", "quantity|amount|_price"),
            columns={
                "order_id": key(
                    "order id|order no|order|invoice no|invoice id|invoice|transaction id|transaction no|"
                    "basket id|receipt id|receipt no|"
                    "bestellnummer|bestell no|auftragsnummer|auftrags no|rechnungsnummer|rechnungs no|"
                    "belegnummer|numero commande|id pedido|pedido;name",
                    unique=0.02,
                ),
                "line": integer("line|line no|order item id|position|pos|item no|line id|zeile;sequence"),
                "product_id": identifier(
                    "product id|sku|stock code|item id|lineitem sku|product code|article no|"
                    "artikelnummer|artikel no|product no|asin|upc|ean|"
                    "product|artikel|item|lineitem name|product name|artikelbezeichnung"
                ),
                "category": label(
                    "category|product category|department|warengruppe|kategorie|categoria|product type;class|commodity"
                ),
                "quantity": integer(
                    "quantity|line quantity|lineitem quantity|units|pieces|menge|anzahl|cantidad|"
                    "quantite|items|item quantity;count"
                ),
                "amount": number(
                    "net amount|line amount|line total|item total|amount|sales value|net sales|revenue|"
                    "betrag|gesamtpreis|zeilensumme|importe|montant;total|value|subtotal"
                ),
                "currency": _CURRENCY,
                "_price": number(
                    "unit price|price per unit|lineitem price|item price|line price|price|einzelpreis|"
                    "preis|stueckpreis|precio unitario|precio|prix|prix unitaire"
                ),
                "_line_discount": number("lineitem discount|line discount|item discount"),
            },
        ),
        "subscriptions": TableHint(
            names="subscriptions subscription contracts contract plans memberships abos vertraege "
            "abonnements suscripciones",
            must=("customer_id", "started_at", "monthly_amount|_price"),
            columns={
                "subscription_id": identifier(
                    "subscription id|subscription|contract id|contract no|contract|abo no|vertragsnummer|"
                    "vertrag no|plan id;id"
                ),
                "customer_id": _CUSTOMER_ID,
                "started_at": instant(
                    "started at|start date|start|started|begin|begins at|valid from|subscribed at|"
                    "vertragsbeginn|beginn|"
                    "fecha inicio|date debut;created|created at|signup date"
                ),
                "ended_at": instant(
                    "ended at|end date|end|ended|valid to|valid until|cancelled at|canceled at|"
                    "cancellation date|churn date|"
                    "vertragsende|ende|kuendigungsdatum|fecha fin|date fin"
                ),
                "monthly_amount": number(
                    "monthly amount|mrr amount|mrr|monthly price|monthly charges|monthly fee|"
                    "monthly revenue|monatsbeitrag|monatspreis|monatlich|"
                    "mensualidad"
                ),
                "currency": _CURRENCY,
                "plan": label("plan|plan tier|plan name|tier|tarif|product|plan id|abonnement"),
                "seats": integer("seats|licenses|licences|quantity|users|lizenzen|n seats"),
                "end_reason": label("end reason|cancellation reason|churn reason|reason code|reason|kuendigungsgrund"),
                "_price": number("amount|price|fee|plan amount|betrag|preis|value"),
                "_interval": label(
                    "interval|billing interval|billing period|billing frequency|period|billing cycle|"
                    "intervall|zahlungsweise"
                ),
                "_trial": boolean("is trial|trial|on trial|testphase"),
            },
        ),
        "events": TableHint(
            names="events event usage activity activities logins clickstream feature log logs tracking "
            "ereignisse pageviews",
            must=("customer_id", "occurred_at"),
            columns={
                "event_id": key("event id|usage id|id|activity id|log id|uuid"),
                "customer_id": _CUSTOMER_ID,
                "occurred_at": instant(
                    "occurred at|event time|event timestamp|event date|event at|timestamp|usage date|"
                    "time|datetime|happened at|logged at|"
                    "date|created at|received at|sent at|ts|zeitpunkt|datum;churn date|login date"
                ),
                "name": label(
                    "event name|event|event type|feature name|feature|action|name|activity|activity name|"
                    "ereignis;type|page"
                ),
                "session_id": identifier("session id|session|visit id|sitzung"),
            },
        ),
        "responses": TableHint(
            names="responses response survey surveys nps csat ces reviews review feedback ratings "
            "answers umfrage bewertungen encuesta",
            must=("responded_at", "score"),
            dated="responded_at",
            columns={
                "response_id": key(
                    "response id|review id|answer id|respondent id|respondent|rating id|feedback id|survey id"
                    "|submission id;id|no"
                ),
                "customer_id": _CUSTOMER_ID,
                "responded_at": instant(
                    "responded at|response date|responded|answered at|answer timestamp|answer date|"
                    "submitted at|submit date|submission date|"
                    "completed at|completion date|date submitted|end date|survey date|review date|"
                    "created at|created|date|timestamp|time|datum|"
                    "beantwortet am|fecha|creation date"
                ),
                "question": _QUESTION,
                "score": number(
                    "score|nps score|nps|netpro|net promoter|"
                    "net promoter score|review score|rating|csat score|csat|ces score|ces|"
                    "satisfaction score|satisfaction|stars|answer|bewertung|"
                    "note|puntuacion|likelihood to recommend|how likely are you to recommend us|"
                    "how likely are you to recommend|recommend|"
                    "weiterempfehlung|zufriedenheit"
                ),
                "scale_max": number("scale max|max score|out of|scale"),
                "comment": Hint(
                    words="comment|comments|review comment message|comment message|feedback|review text|review|"
                    "text|verbatim|free text|"
                    "reason|kommentar|anmerkung|comentario|message|why;body|title",
                    fit=Fit.PROSE,
                ),
                "touchpoint": label("touchpoint|survey kind"),
                "ticket_id": identifier("ticket id|ticket no|case id|case no"),
                "weight": number("weight|survey weight|gewicht"),
                "language": label("language|lang|locale|sprache|idioma"),
                "_order": identifier("order id|order no|order|invoice no"),
            },
        ),
        "invitations": TableHint(
            names="invitations invitation invites sends survey_sends einladungen",
            must=("invitation_id", "customer_id", "sent_at"),
            columns={
                "invitation_id": key("invitation id|invite id|send id|distribution id"),
                "customer_id": _CUSTOMER_ID,
                "sent_at": instant("sent at|sent|invited at|send date|sent date|invitation date|versendet am;date"),
                "delivered": boolean("delivered|was delivered|arrived|is delivered"),
                "question": _QUESTION,
            },
        ),
        "tickets": TableHint(
            names="tickets ticket support cases case issues incidents service helpdesk requests anfragen",
            must=("ticket_id", "opened_at"),
            columns={
                "ticket_id": key(
                    "ticket id|ticket no|ticket|case id|case no|case|incident id|issue id|request id;id|no"
                ),
                "customer_id": Hint(words=_CUSTOMER + "|requester id|requester|requester email", fit=Fit.ID),
                "opened_at": instant(
                    "opened at|submitted at|opened|created at|created|open date|date opened|date created|"
                    "creation date|received at|"
                    "submitted|eroeffnet am|erstellt am|ticket date;date|datum|timestamp"
                ),
                "channel": _CHANNEL,
                "topic": label(
                    "topic|category|subject category|issue type|ticket type|reason|theme|thema|kategorie;"
                    "type|subject|tags|product"
                ),
                "priority": label("priority|urgency|severity|prioritaet|prioritat|prio"),
                "sla_due_at": instant("sla due at|due at|due date|sla due|respond by|deadline"),
                "escalated": boolean("escalated|is escalated|escalation flag|escalation"),
                "handle_minutes": number(
                    "handle minutes|handle time minutes|work minutes|minutes worked|time spent minutes"
                ),
                "team": label("team|group|assigned team|assignee group|queue|abteilung"),
                "_solved_at": instant(
                    "closed at|solved at|resolved at|closed|resolved|solved|resolution date|date closed|"
                    "geschlossen am|geloest am"
                ),
                "_answered_at": instant(
                    "first response at|first reply at|first responded at|first response time|answered at"
                ),
                "_answered_after": number(
                    "first response time|first reply time|first response|first reply|response time|reply time"
                ),
                "_solved_after": number(
                    "resolution time|full resolution time|time to resolution|time to resolve|solution time"
                ),
                "_score": number(
                    "satisfaction score|csat|csat score|satisfaction|satisfaction rating|rating|customer rating"
                ),
            },
        ),
        "ticket_events": TableHint(
            names="ticket_events ticket_history history changes audit ticket_log",
            must=("ticket_id", "occurred_at", "state"),
            columns={
                "ticket_id": identifier("ticket id|ticket no|ticket|case id|case no|case|incident id|issue id"),
                "occurred_at": instant(
                    "occurred at|changed at|event time|timestamp|time|date|created at|updated at|datum"
                ),
                "state": label("state|status|new status|new state|to status;activity"),
                "actor": label("actor|changed by|by|author type|role"),
                "public": boolean("public|is public|visible"),
            },
        ),
        "spend": TableHint(
            names="spend marketing costs cost ads adspend budget media werbekosten",
            must=("spent_on", "amount"),
            columns={
                "spent_on": instant("spent on|date|day|spend date|month|datum|tag|monat|fecha"),
                "amount": number(
                    "spend|cost|costs|amount spent|ad spend|marketing spend|kosten|werbekosten|ausgaben|"
                    "gasto;amount|betrag|value"
                ),
                "currency": _CURRENCY,
                "purpose": label("purpose|objective|goal|zweck"),
                "channel": label(
                    "channel|campaign channel|platform|medium|source|publisher|network|kanal;campaign|campaign name"
                ),
            },
        ),
        "campaigns": TableHint(
            names="campaigns campaign kampagnen",
            must=("campaign_id", "started_at"),
            columns={
                "campaign_id": key("campaign id|campaign no|campaign|kampagne id|kampagne;id"),
                "name": label("name|campaign name|title|description|campaign type|type"),
                "started_at": instant("started at|start date|start|started|launch date|launched at|beginn|begin"),
                "ended_at": instant("ended at|end date|end|ended|ende"),
                "cost_per_contact": number("cost per contact|unit cost|contact cost|cost per send|cpc"),
                "randomised": boolean("randomised|randomized|is randomised|is experiment|randomized test"),
            },
        ),
        "touches": TableHint(
            names="touches contacts sends recipients campaign_customers mailing targets",
            must=("campaign_id", "customer_id", "assigned_at"),
            columns={
                "campaign_id": identifier(
                    "campaign id|campaign no|campaign|experiment id|experiment|kampagne id|kampagne"
                ),
                "customer_id": _CUSTOMER_ID,
                "arm": label("arm|treatment|group|variant|test group|cell|bucket"),
                "assigned_at": instant("assigned at|assigned|assignment date|sent at|contacted at|date|drawn at"),
                "delivered_at": instant("delivered at|delivered"),
                "opened_at": instant("opened at|opened"),
                "clicked_at": instant("clicked at|clicked"),
                "redeemed_at": instant("redeemed at|redeemed|redemption date"),
            },
        ),
        "referrals": TableHint(
            names="referrals referral recommendations empfehlungen",
            must=("referrer_id", "referred_id", "referred_at"),
            columns={
                "referrer_id": identifier("referrer id|referrer|referred by|inviter id|advocate id|werber"),
                "referred_id": identifier(
                    "referred id|referred|referee id|invitee id|friend id|new customer id|geworbener"
                ),
                "referred_at": instant("referred at|referral date|date|created at|invited at|datum"),
            },
        ),
    }
)

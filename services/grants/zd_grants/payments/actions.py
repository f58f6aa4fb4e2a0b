from uuid import UUID

from zd_contracts.events.grants import PaymentInstructed
from zd_grants.awards.models import Award
from zd_grants.payments.models import Payment
from zd_grants.payments.rules import end_to_end_id
from zd_kernel.clock import bangkok_date
from zd_kernel.data.session import WriteSession
from zd_kernel.events.outbox import emit
from zd_kernel.scope import tambon_of

FIRST_INSTALMENT = 1


async def instruct_payment(session: WriteSession, award: Award, placement_id: UUID, *, payer: str) -> None:
    """The whole award in one instalment. `payer` is the instance: two funds may pay for the same placement."""
    payment = Payment(
        award_id=award.id,
        child_id=award.child_id,
        area=award.area,
        instalment=FIRST_INSTALMENT,
        end_to_end_id=end_to_end_id(payer, placement_id, FIRST_INSTALMENT),
        amount_satang=award.amount_satang,
        instructed_date=bangkok_date(session.clock.now()),
    )
    session.add(payment)
    emit(
        session,
        PaymentInstructed(
            payment_id=payment.id,
            award_id=award.id,
            child_id=award.child_id,
            tambon=tambon_of(award.area),
            amount_satang=payment.amount_satang,
            instructed_date=payment.instructed_date,
        ),
    )

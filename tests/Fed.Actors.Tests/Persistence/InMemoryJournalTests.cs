using Fed.Actors.Persistence;
using Fed.TestKit;

namespace Fed.Actors.Tests.Persistence;

public sealed class InMemoryJournalTests : JournalSpec
{
    protected override IEventJournal Open() => new InMemoryJournal();
}

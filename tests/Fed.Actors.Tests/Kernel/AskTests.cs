using Fed.Actors.Kernel;
using Fed.TestKit;
using Xunit;

namespace Fed.Actors.Tests.Kernel;

public sealed class AskTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private readonly SimulatedSystem _sim = new();

    [Fact]
    public void Reply_completes_the_question()
    {
        IActorRef<Question> actor = _sim.Spawn(() => new Answering());
        Task<string> reply = actor.Ask<Question, string>(to => new Question("hello", to, Answers: 1), Second);
        Assert.False(reply.IsCompleted);
        _sim.Run();
        Assert.True(reply.IsCompletedSuccessfully);
        Assert.Equal("hello!", ResultOf(reply));
        _sim.Advance(10 * Second);
        Assert.Empty(_sim.DeadLetters);
    }

    [Fact]
    public void Silence_faults_the_question_after_its_time_and_a_late_reply_is_a_dead_letter()
    {
        IActorRef<string>? late = null;
        IActorRef<Question> actor = _sim.Spawn(() => new Answering(), "silent");
        Task<string> reply = actor.Ask<Question, string>(
            to =>
            {
                late = to;
                return new Question("hello", to, Answers: 0);
            },
            Second);
        _sim.Advance(Second - TimeSpan.FromMilliseconds(1));
        Assert.False(reply.IsCompleted);
        _sim.Advance(TimeSpan.FromMilliseconds(1));
        AskTimeoutException timeout = Assert.IsType<AskTimeoutException>(reply.Exception!.InnerException);
        Assert.Equal("fed://sim/user/silent did not reply within 00:00:01", timeout.Message);
        late!.Tell("too late");
        Assert.Equal("too late", Assert.Single(_sim.DeadLetters).Message);
    }

    [Fact]
    public void Second_reply_is_a_dead_letter()
    {
        IActorRef<Question> actor = _sim.Spawn(() => new Answering());
        Task<string> reply = actor.Ask<Question, string>(to => new Question("hello", to, Answers: 2), Second);
        _sim.Run();
        Assert.Equal("hello!", ResultOf(reply));
        Assert.Equal("hello!", Assert.Single(_sim.DeadLetters).Message);
    }

    [Fact]
    public void Questions_of_different_lengths_each_have_their_own_time()
    {
        IActorRef<Question> actor = _sim.Spawn(() => new Answering());
        int[] seconds = [5, 1, 3, 1, 5];
        Task<string>[] replies = [.. seconds.Select(s => actor.Ask<Question, string>(to => new Question("", to, Answers: 0), s * Second))];
        for (int now = 1; now <= 6; now++)
        {
            _sim.Advance(Second);
            Assert.Equal(seconds.Select(s => s <= now), replies.Select(reply => reply.IsFaulted));
        }
        Assert.Null(_sim.Time.NextDue);
    }

    [Fact]
    public void Question_to_a_stopped_actor_times_out()
    {
        IActorRef<Question> actor = _sim.Spawn(() => new Answering());
        _sim.System.Stop(actor);
        _sim.Run();
        Task<string> reply = actor.Ask<Question, string>(to => new Question("", to, Answers: 1), Second);
        _sim.Advance(Second);
        Assert.IsType<AskTimeoutException>(reply.Exception!.InnerException);
        Assert.Single(_sim.DeadLetters);
    }

    [Fact]
    public void Question_that_finds_the_mailbox_full_faults_with_the_reason()
    {
        IActorRef<Question> actor = _sim.System.Spawn(Props.Create<Question>(() => new Answering()).WithMailbox(1, MailboxOverflow.Fail), "full");
        _ = actor.Ask<Question, string>(to => new Question("", to, Answers: 1), Second);
        Task<string> second = actor.Ask<Question, string>(to => new Question("", to, Answers: 1), Second);
        Assert.IsType<MailboxFullException>(second.Exception!.InnerException);
    }

    [Fact]
    public void Asked_inside_an_actor_the_reply_is_piped_back_on_the_dispatcher()
    {
        List<string> notes = [];
        IActorRef<Question> other = _sim.Spawn(() => new Answering());
        IActorRef<Action<Scripted>> actor = _sim.Spawn(() => new Scripted(notes));
        actor.Tell(self => self.Context.PipeTo<string>(
            other.Ask<Question, string>(to => new Question("ping", to, Answers: 1), Second),
            reply => inner => inner.Note(reply),
            cause => inner => inner.Note(cause.Message)));
        _sim.Run();
        Assert.Equal(["PreStart", "ping!"], notes);
    }

    [Fact]
    public void Time_that_is_not_positive_is_refused()
    {
        IActorRef<Question> actor = _sim.Spawn(() => new Answering());
        Assert.Throws<ArgumentOutOfRangeException>(() => { _ = actor.Ask<Question, string>(to => new Question("", to, 1), TimeSpan.Zero); });
    }

    [Fact]
    public async Task Continuations_of_a_reply_do_not_run_on_the_actors_turn()
    {
        ActorSystem system = new("real", ActorSystemOptions.Default);
        int actorThreadDepth = 0;
        IActorRef<Question> actor = system.Spawn(Props.Create<Question>(() => new Answering(() => actorThreadDepth++, () => actorThreadDepth--)));
        for (int i = 0; i < 1_000; i++)
        {
            Assert.Equal("q!", await actor.Ask<Question, string>(to => new Question("q", to, Answers: 1), TimeSpan.FromMinutes(1)));
        }
        await system.TerminateAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(0, actorThreadDepth);
    }

    private static string ResultOf(Task<string> completed) => completed.Result;

    private sealed record Question(string Text, IActorRef<string> ReplyTo, int Answers);

    private sealed class Answering(Action? enter = null, Action? leave = null) : Actor<Question>
    {
        protected override void Receive(Question message)
        {
            enter?.Invoke();
            for (int i = 0; i < message.Answers; i++) message.ReplyTo.Tell(message.Text + "!");
            leave?.Invoke();
        }
    }
}

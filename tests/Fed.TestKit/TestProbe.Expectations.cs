using System.Collections.Immutable;
using Fed.Actors.Kernel;

namespace Fed.TestKit;

/// <content>Expectations: each takes messages in the order in which they came, and drives the system until they have.</content>
public sealed partial class TestProbe<TMessage>
{
    /// <summary>The next message, which must be this one.</summary>
    /// <exception cref="ExpectationException">Another one came, or none.</exception>
    public TMessage ExpectMsg(TMessage expected, TimeSpan? within = null)
    {
        TMessage message = Next(within, $"{expected}");
        return Equals(message, expected) ? message : throw Failed($"expected {expected}, and {message} came");
    }

    /// <summary>The next message, which must be of a type and, where asked, fit.</summary>
    /// <exception cref="ExpectationException">Another one came, or none.</exception>
    public TExpected ExpectMsg<TExpected>(Predicate<TExpected>? where = null, TimeSpan? within = null)
        where TExpected : TMessage
    {
        TMessage message = Next(within, $"a {typeof(TExpected).Name}");
        if (message is not TExpected expected) throw Failed($"expected a {typeof(TExpected).Name}, and {message} came");
        return where is null || where(expected) ? expected : throw Failed($"{expected} is not as expected");
    }

    /// <summary>The next message, which must be one of these.</summary>
    /// <exception cref="ExpectationException">Another one came, or none.</exception>
    public TMessage ExpectMsgAnyOf(params ReadOnlySpan<TMessage> expected)
    {
        string wanted = $"any of {string.Join(", ", expected.ToArray())}";
        TMessage message = Next(within: null, wanted);
        foreach (TMessage one in expected)
        {
            if (Equals(one, message)) return message;
        }

        throw Failed($"expected {wanted}, and {message} came");
    }

    /// <summary>The next messages, which must be these in any order.</summary>
    /// <exception cref="ExpectationException">Others came, or fewer.</exception>
    public ImmutableArray<TMessage> ExpectMsgAllOf(params ReadOnlySpan<TMessage> expected)
    {
        List<TMessage> missing = [.. expected];
        ImmutableArray<TMessage> found = ReceiveN(expected.Length);
        foreach (TMessage message in found)
        {
            if (!missing.Remove(message)) throw Failed($"{message} came, which was not expected or not so often");
        }

        return found;
    }

    /// <summary>Nothing comes without time going on.</summary>
    /// <exception cref="ExpectationException">Something came.</exception>
    public void ExpectNoMsg() => ExpectNoMsg(TimeSpan.Zero);

    /// <summary>Nothing comes for a virtual time, which passes.</summary>
    /// <exception cref="ExpectationException">Something came.</exception>
    public void ExpectNoMsg(TimeSpan within)
    {
        DateTimeOffset end = _sim.Now + within;
        if (_sim.RunUntil(() => HasMessages, within)) throw Failed($"expected nothing for {within}, and {_messages[_read]} came {end - _sim.Now} before the end");
    }

    /// <summary>A watched actor stops. Messages may come meanwhile; they wait for their expectations.</summary>
    /// <exception cref="ExpectationException">It has not stopped within the limit.</exception>
    public void ExpectTerminated(IActorRef actor, TimeSpan? within = null)
    {
        TimeSpan limit = Limit(within);
        if (!_sim.RunUntil(() => _terminated.Contains(actor), limit)) throw Failed($"{actor.Path} has not stopped within {limit}");
    }

    /// <summary>Takes messages until one fits; those before it are thrown away.</summary>
    /// <exception cref="ExpectationException">None fits within the limit, which is for all of them together.</exception>
    public TMessage FishForMessage(Predicate<TMessage> fits, TimeSpan? within = null) => FishForMessage<TMessage>(fits, within);

    /// <summary>Takes messages until one is of a type and, where asked, fits; those before it are thrown away.</summary>
    /// <exception cref="ExpectationException">None is within the limit, which is for all of them together.</exception>
    public TExpected FishForMessage<TExpected>(Predicate<TExpected>? where = null, TimeSpan? within = null)
        where TExpected : TMessage
    {
        DateTimeOffset end = _sim.Now + Limit(within);
        while (true)
        {
            if (Next(end - _sim.Now, $"a {typeof(TExpected).Name} that fits") is TExpected found && (where is null || where(found))) return found;
        }
    }

    /// <summary>The next message; null where none comes within the limit.</summary>
    public TMessage? ReceiveOne(TimeSpan? within = null) => _sim.RunUntil(() => HasMessages, Limit(within)) ? _messages[_read++] : null;

    /// <summary>The next messages.</summary>
    /// <exception cref="ExpectationException">Fewer come within the limit.</exception>
    public ImmutableArray<TMessage> ReceiveN(int count, TimeSpan? within = null)
    {
        TimeSpan limit = Limit(within);
        if (!_sim.RunUntil(() => _messages.Count - _read >= count, limit)) throw Failed($"expected {count} messages, and {_messages.Count - _read} came within {limit}");
        ImmutableArray<TMessage> received = [.. _messages.GetRange(_read, count)];
        _read += count;
        return received;
    }

    private TMessage Next(TimeSpan? within, string wanted)
    {
        TimeSpan limit = Limit(within);
        return ReceiveOne(limit) ?? throw Failed($"expected {wanted}, and nothing came within {limit}");
    }
}

using System.CommandLine;

namespace Fed.Host.Commands;

/// <summary>A command: declares its arguments, turns what was typed into an options record, and runs.</summary>
/// <typeparam name="TOptions">What the command line says, typed.</typeparam>
internal abstract class Verb<TOptions> : Command, IExemplified
{
    /// <summary>Names the command; the derived class adds its arguments.</summary>
    /// <param name="name">The word on the command line.</param>
    /// <param name="summary">One sentence for the help text.</param>
    /// <param name="example">A line that works as it stands.</param>
    protected Verb(string name, string summary, string example) : base(name, summary) => Example = example;

    /// <inheritdoc/>
    public string Example { get; }

    /// <summary>Binds the command to the options that all commands share and to the boundary that turns exceptions into exit codes.</summary>
    public Verb<TOptions> Under(ErrorBoundary boundary)
    {
        SetAction(parse => boundary.Run(parse, context => Run(Read(parse), context)));
        return this;
    }

    /// <summary>From the parsed command line to options.</summary>
    protected abstract TOptions Read(ParseResult parse);

    /// <summary>Does the work.</summary>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    /// <exception cref="UserException">The user's mistake.</exception>
    protected abstract int Run(TOptions options, CommandContext context);
}

/// <summary>A command whose help shows how it is used.</summary>
internal interface IExemplified
{
    /// <summary>A line that works as it stands.</summary>
    string Example { get; }
}

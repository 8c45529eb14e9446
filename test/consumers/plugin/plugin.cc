// The module's only function, under a name that dlsym() finds.
int one_message(int argc, char** argv);

extern "C" int send_and_receive(int argc, char** argv)
{
    return one_message(argc, argv);
}

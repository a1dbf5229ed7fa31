// C++: std::thread, std::async, futures, condition variables, and exceptions that cross threads.
#include <chrono>
#include <condition_variable>
#include <future>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

static thread_local int own = 1;

static int throws(int depth)
{
    std::string text(100, 'x');
    if (depth == 0)
        throw std::runtime_error("from " + std::to_string(text.size()));
    return throws(depth - 1) + 1;
}

int main()
{
    std::mutex mutex;
    std::map<int, int> squares;
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; i++)
        threads.emplace_back([&, i] {
            own += i;
            std::lock_guard<std::mutex> guard(mutex);
            squares[i] = i * i + own;
        });
    for (auto &thread : threads)
        thread.join();
    int sum = 0;
    for (auto &[number, square] : squares)
        sum += square;
    std::cout << "sum " << sum << ", own " << own << std::endl;

    std::vector<std::future<int>> futures;
    for (int i = 0; i < 4; i++)
        futures.push_back(std::async(std::launch::async, [i] { return i == 3 ? throws(5) : i * 10; }));
    for (auto &future : futures) {
        try {
            int value = future.get();
            std::cout << "async " << value << std::endl;
        } catch (const std::exception &error) {
            std::cout << "async threw " << error.what() << std::endl;
        }
    }

    std::exception_ptr caught;
    std::thread([&] {
        try {
            throws(3);
        } catch (...) {
            caught = std::current_exception();
        }
    }).join();
    try {
        std::rethrow_exception(caught);
    } catch (const std::runtime_error &error) {
        std::cout << "rethrown " << error.what() << std::endl;
    }

    std::condition_variable condition;
    bool ready = false;
    std::unique_lock<std::mutex> lock(mutex);
    std::cout << "timed out " << !condition.wait_for(lock, std::chrono::milliseconds(1), [&] { return ready; }) << std::endl;
    std::thread waker([&] {
        std::lock_guard<std::mutex> guard(mutex);
        ready = true;
        condition.notify_all();
    });
    condition.wait(lock, [&] { return ready; });
    lock.unlock();
    waker.join();
    std::once_flag flag;
    int calls = 0;
    for (int i = 0; i < 3; i++)
        std::call_once(flag, [&] { calls++; });
    auto shared = std::make_shared<int>(5);
    std::weak_ptr<int> weak = shared;
    shared.reset();
    std::cout << "ready " << ready << ", calls " << calls << ", expired " << weak.expired() << std::endl;
    return 0;
}
